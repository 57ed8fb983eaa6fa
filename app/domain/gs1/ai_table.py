"""The table of GS1 application identifiers as text: what each may hold and what it may stand beside. Parsed in `ais`.

One line each: codes | format | rules | data title (General Specifications 3.2, release of 2025).
After the codes, `=` marks a predefined length (no FNC1 follows), `/` what may not be a Digital Link data attribute.
A format is a row of components, the last of which may vary: character set (N digits, X set 82, Y set 39, Z set 64),
length, and after a colon what its content must be; `?` marks one that may be absent.
Rules: `+01,02` stands only beside one of these (`8010&8011`: beside both), `-310n` never beside these.
"""

TABLE = """
00=     | N18:digit,gcp2               |                               | SSCC
01=     | N14:digit,gcp2               | -255,37                       | GTIN
02=     | N14:digit,gcp2               | -01,03 +37                    | CONTENT
03=/    | N14:digit,gcp2               | -01,02,37                     | MTO GTIN
10      | X1-20                        | +01,02,03,8006,8026           | BATCH/LOT
11=     | N6:month                     | +01,02,03,8006,8026           | PROD DATE
12=     | N6:month                     | +8020                         | DUE DATE
13=     | N6:month                     | +01,02,03,8006,8026           | PACK DATE
15=     | N6:month                     | +01,02,03,8006,8026           | BEST BEFORE or BEST BY
16=     | N6:month                     | +01,02,03,8006,8026           | SELL BY
17=     | N6:month                     | +01,02,03,255,8006,8026       | USE BY or EXPIRY
20=     | N2                           | +01,02,8006,8026              | VARIANT
21/     | X1-20                        | +01,03,8006 -235              | SERIAL
22/     | X1-20                        | +01                           | CPV
235/    | X1-28                        | +01                           | TPX
240     | X1-30                        | +01,02,8006,8026              | ADDITIONAL ID
241     | X1-30                        | +01,02,8006,8026              | CUST. PART No.
242     | N1-6                         | +01,02,8006,8026              | MTO VARIANT
243     | X1-20                        | +01                           | PCN
250     | X1-30                        | +01,8006 +21                  | SECONDARY SERIAL
251     | X1-30                        | +01,8006                      | REF. TO SOURCE
253     | N13:digit,gcp ?X1-17         |                               | GDTI
254/    | X1-20                        | +414                          | GLN EXTENSION COMPONENT
255     | N13:digit,gcp ?N1-12         | -01,02,415,8006,8020,8026     | GCN
30      | N1-8                         | +01,02                        | VAR. COUNT
3100-3105= | N6                        | +01,02 -310n                  | NET WEIGHT (kg)
3110-3115= | N6                        | +01,02 -311n                  | LENGTH (m)
3120-3125= | N6                        | +01,02 -312n                  | WIDTH (m)
3130-3135= | N6                        | +01,02 -313n                  | HEIGHT (m)
3140-3145= | N6                        | +01,02 -314n                  | AREA (m²)
3150-3155= | N6                        | +01,02 -315n                  | NET VOLUME (l)
3160-3165= | N6                        | +01,02 -316n                  | NET VOLUME (m³)
3200-3205= | N6                        | +01,02 -320n                  | NET WEIGHT (lb)
3210-3215= | N6                        | +01,02 -321n                  | LENGTH (in)
3220-3225= | N6                        | +01,02 -322n                  | LENGTH (ft)
3230-3235= | N6                        | +01,02 -323n                  | LENGTH (yd)
3240-3245= | N6                        | +01,02 -324n                  | WIDTH (in)
3250-3255= | N6                        | +01,02 -325n                  | WIDTH (ft)
3260-3265= | N6                        | +01,02 -326n                  | WIDTH (yd)
3270-3275= | N6                        | +01,02 -327n                  | HEIGHT (in)
3280-3285= | N6                        | +01,02 -328n                  | HEIGHT (ft)
3290-3295= | N6                        | +01,02 -329n                  | HEIGHT (yd)
3300-3305= | N6                        | +00,01 -330n                  | GROSS WEIGHT (kg)
3310-3315= | N6                        | +00,01 -331n                  | LENGTH (m), log
3320-3325= | N6                        | +00,01 -332n                  | WIDTH (m), log
3330-3335= | N6                        | +00,01 -333n                  | HEIGHT (m), log
3340-3345= | N6                        | +00,01 -334n                  | AREA (m²), log
3350-3355= | N6                        | +00,01 -335n                  | VOLUME (l), log
3360-3365= | N6                        | +00,01 -336n                  | VOLUME (m³), log
3370-3375= | N6                        | +01 -337n                     | KG PER m²
3400-3405= | N6                        | +00,01 -340n                  | GROSS WEIGHT (lb)
3410-3415= | N6                        | +00,01 -341n                  | LENGTH (in), log
3420-3425= | N6                        | +00,01 -342n                  | LENGTH (ft), log
3430-3435= | N6                        | +00,01 -343n                  | LENGTH (yd), log
3440-3445= | N6                        | +00,01 -344n                  | WIDTH (in), log
3450-3455= | N6                        | +00,01 -345n                  | WIDTH (ft), log
3460-3465= | N6                        | +00,01 -346n                  | WIDTH (yd), log
3470-3475= | N6                        | +00,01 -347n                  | HEIGHT (in), log
3480-3485= | N6                        | +00,01 -348n                  | HEIGHT (ft), log
3490-3495= | N6                        | +00,01 -349n                  | HEIGHT (yd), log
3500-3505= | N6                        | +01,02 -350n                  | AREA (in²)
3510-3515= | N6                        | +01,02 -351n                  | AREA (ft²)
3520-3525= | N6                        | +01,02 -352n                  | AREA (yd²)
3530-3535= | N6                        | +00,01 -353n                  | AREA (in²), log
3540-3545= | N6                        | +00,01 -354n                  | AREA (ft²), log
3550-3555= | N6                        | +00,01 -355n                  | AREA (yd²), log
3560-3565= | N6                        | +01,02 -356n                  | NET WEIGHT (t oz)
3570-3575= | N6                        | +01,02 -357n                  | NET VOLUME (oz)
3600-3605= | N6                        | +01,02 -360n                  | NET VOLUME (qt)
3610-3615= | N6                        | +01,02 -361n                  | NET VOLUME (gal.)
3620-3625= | N6                        | +00,01 -362n                  | VOLUME (qt), log
3630-3635= | N6                        | +00,01 -363n                  | VOLUME (gal.), log
3640-3645= | N6                        | +01,02 -364n                  | VOLUME (in³)
3650-3655= | N6                        | +01,02 -365n                  | VOLUME (ft³)
3660-3665= | N6                        | +01,02 -366n                  | VOLUME (yd³)
3670-3675= | N6                        | +00,01 -367n                  | VOLUME (in³), log
3680-3685= | N6                        | +00,01 -368n                  | VOLUME (ft³), log
3690-3695= | N6                        | +00,01 -369n                  | VOLUME (yd³), log
37      | N1-8                         | +00 +02,8026                  | COUNT
3900-3909 | N1-15                      | +255,8020 -390n,391n,394n,8111 | AMOUNT
3910-3919 | N3:currency N1-15          | +8020 -391n                   | AMOUNT
3920-3929 | N1-15                      | +01 +30,31nn,32nn,35nn,36nn -392n,393n | PRICE
3930-3939 | N3:currency N1-15          | +30,31nn,32nn,35nn,36nn -393n | PRICE
3940-3943 | N4                         | +255 -394n,8111               | PRCNT OFF
3950-3955 | N6                         | +30,31nn,32nn,35nn,36nn -392n,393n,395n,8005 | PRICE/UoM
400     | X1-30                        |                               | ORDER NUMBER
401     | X1-30:gcp                    |                               | GINC
402     | N17:digit,gcp                |                               | GSIN
403     | X1-30                        | +00                           | ROUTE
410=    | N13:digit,gcp                |                               | SHIP TO LOC
411=    | N13:digit,gcp                |                               | BILL TO
412=    | N13:digit,gcp                |                               | PURCHASE FROM
413=    | N13:digit,gcp                |                               | SHIP FOR LOC
414=    | N13:digit,gcp                |                               | LOC No.
415=    | N13:digit,gcp                | +8020                         | PAY TO
416=    | N13:digit,gcp                |                               | PROD/SERV LOC
417=    | N13:digit,gcp                |                               | PARTY
420     | X1-20                        | -421                          | SHIP TO POST
421     | N3:country X1-9              | -4307                         | SHIP TO POST
422     | N3:country                   | +01,02,8006,8026 -426         | ORIGIN
423     | N3:country ?N3:country ?N3:country ?N3:country ?N3:country | +01,02 -426 | COUNTRY - INITIAL PROCESS
424     | N3:country                   | +01,02 -426                   | COUNTRY - PROCESS
425     | N3:country ?N3:country ?N3:country ?N3:country ?N3:country | +01,02 -426 | COUNTRY - DISASSEMBLY
426     | N3:country                   | +01,02                        | COUNTRY - FULL PROCESS
427     | X1-3                         | +01,02 +422                   | ORIGIN SUBDIVISION
4300    | X1-35:percent                | +00                           | SHIP TO COMP
4301    | X1-35:percent                | +00                           | SHIP TO NAME
4302    | X1-70:percent                | +00                           | SHIP TO ADD1
4303    | X1-70:percent                | +4302                         | SHIP TO ADD2
4304    | X1-70:percent                | +00                           | SHIP TO SUB
4305    | X1-70:percent                | +00                           | SHIP TO LOC
4306    | X1-70:percent                | +00                           | SHIP TO REG
4307    | X2:land                      | +00                           | SHIP TO COUNTRY
4308    | X1-30                        | +00                           | SHIP TO PHONE
4309    | N10:latitude N10:longitude   | +00                           | SHIP TO GEO
4310    | X1-35:percent                | +00                           | RTN TO COMP
4311    | X1-35:percent                | +00                           | RTN TO NAME
4312    | X1-70:percent                | +00                           | RTN TO ADD1
4313    | X1-70:percent                | +4312                         | RTN TO ADD2
4314    | X1-70:percent                | +00                           | RTN TO SUB
4315    | X1-70:percent                | +00                           | RTN TO LOC
4316    | X1-70:percent                | +00                           | RTN TO REG
4317    | X2:land                      | +00                           | RTN TO COUNTRY
4318    | X1-20                        | +00                           | RTN TO POST
4319    | X1-30                        | +00                           | RTN TO PHONE
4320    | X1-35:percent                | +00                           | SRV DESCRIPTION
4321    | N1:flag                      | +00                           | DANGEROUS GOODS
4322    | N1:flag                      | +00                           | AUTH TO LEAVE
4323    | N1:flag                      | +00                           | SIG REQUIRED
4324    | N6:month N4:time             | +00                           | NOT BEF DEL DT
4325    | N6:month N4:time             | +00                           | NOT AFT DEL DT
4326    | N6:day                       | +00                           | REL DATE
4330    | N6 ?X1:hyphen                | +00 -4331                     | MAX TEMP F.
4331    | N6 ?X1:hyphen                | +00 -4330                     | MAX TEMP C.
4332    | N6 ?X1:hyphen                | +00 -4333                     | MIN TEMP F.
4333    | N6 ?X1:hyphen                | +00 -4332                     | MIN TEMP C.
7001    | N13                          | +01,02,8006,8026              | NSN
7002    | X1-30                        | +01,02                        | MEAT CUT
7003    | N6:day N4:time               | +01,02                        | EXPIRY TIME
7004    | N1-4                         | +01 +10                       | ACTIVE POTENCY
7005    | X1-12                        | +01,02                        | CATCH AREA
7006    | N6:day                       | +01,02                        | FIRST FREEZE DATE
7007    | N6:day ?N6:day               | +01,02                        | HARVEST DATE
7008    | X1-3                         | +01,02                        | AQUATIC SPECIES
7009    | X1-10                        | +01,02                        | FISHING GEAR TYPE
7010    | X1-2                         | +01,02                        | PROD METHOD
7011    | N6:day ?N4:time              | +01,02                        | TEST BY DATE
7020    | X1-20                        | +01,8006 +416                 | REFURB LOT
7021    | X1-20                        | +01,8006                      | FUNC STAT
7022    | X1-20                        | +7021                         | REV STAT
7023    | X1-30:gcp                    |                               | GIAI - ASSEMBLY
7030-7039 | N3:country9 X1-27          | +01,02                        | PROCESSOR
7040/   | N1 X1 X1 X1:index            |                               | UIC+EXT
7041/   | X1-4:package                 | +00                           | UFRGT UNIT TYPE
710     | X1-20                        | +01                           | NHRN PZN
711     | X1-20                        | +01                           | NHRN CIP
712     | X1-20                        | +01                           | NHRN CN
713     | X1-20                        | +01                           | NHRN DRN
714     | X1-20                        | +01                           | NHRN AIM
715     | X1-20                        | +01                           | NHRN NDC
716     | X1-20                        | +01                           | NHRN AIC
7230-7239 | X2 X1-28                   | +01,8004                      | CERT
7240    | X1-20                        | +01,8006                      | PROTOCOL
7241    | N2:media                     | +8017,8018                    | AIDC MEDIA TYPE
7242    | X1-25                        | +8017,8018                    | VCN
7250    | N8:birthday                  | +8018 -7251                   | DOB
7251    | N8:birthday N4:time          | +8018 -7250                   | DOB TIME
7252    | N1:sex                       | +8018                         | BIO SEX
7253    | X1-40:percent                | +8017,8018 -7256,7259         | FAMILY NAME
7254    | X1-40:percent                | +8017,8018 -7256,7259         | GIVEN NAME
7255    | X1-10                        | +8017,8018 -7256,7259         | SUFFIX
7256    | X1-90:percent                | +8017,8018                    | FULL NAME
7257    | X1-70:percent                | +8018                         | PERSON ADDR
7258    | X3:birth                     | +8018&7259                    | BIRTH SEQUENCE
7259    | X1-40:percent                | +8018 -7256                   | BABY
8001    | N4:nonzero N5:nonzero N3:nonzero N1:winding N1 | +01         | DIMENSIONS
8002    | X1-20                        |                               | CMT No.
8003    | N1:zero N13:digit,gcp ?X1-16 |                               | GRAI
8004    | X1-30:gcp                    |                               | GIAI
8005    | N6                           | +01,02                        | PRICE PER UNIT
8006    | N14:digit,gcp2 N4:piece      | -01,37                        | ITIP
8007    | X1-34:iban                   | +415                          | IBAN
8008    | N6:day N2:hour ?N2:minute ?N2:minute | +01,02                | PROD TIME
8009    | X1-50                        | +00,01                        | OPTSEN
8010    | Y1-30:gcp                    |                               | CPID
8011/   | N1-12:unpadded               | +8010                         | CPID SERIAL
8012    | X1-20                        | +01,8006                      | VERSION
8013    | X1-25:pair,gcp               |                               | GMN
8014/   | X1-25:pair,gcp,letter        | +01                           | MUDI
8017    | N18:digit,gcp                | -8018                         | GSRN - PROVIDER
8018    | N18:digit,gcp                | -8017                         | GSRN - RECIPIENT
8019/   | N1-10                        | +8017,8018                    | SRIN
8020/   | X1-25                        | +415                          | REF No.
8026    | N14:digit,gcp2 N4:piece      | +37 -02,8006                  | ITIP CONTENT
8030    | Z1-90                        | +00,01&21,253,255,8003,8004,8006&21,8010&8011,8017,8018 | DIGSIG
8110    | X1-70:coupon                 |                               |
8111    | N4                           | +255                          | POINTS
8112    | X1-70:offer                  |                               |
8200/   | X1-70                        | +01                           | PRODUCT URL
90      | X1-30                        |                               | INTERNAL
91-99   | X1-90                        |                               | INTERNAL
"""
