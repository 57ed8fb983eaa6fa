"""Industries by GB/T 4754-2017: its 20 sections and 97 divisions by name; groups and classes by number only."""

import re
import unicodedata

from app.errors import N_, Malformed

# section: (Chinese name, English name, first and last division)
SECTIONS = {
    "A": ("农、林、牧、渔业", "Agriculture, forestry, animal husbandry and fishery", 1, 5),
    "B": ("采矿业", "Mining", 6, 12),
    "C": ("制造业", "Manufacturing", 13, 43),
    "D": ("电力、热力、燃气及水生产和供应业", "Electricity, heat, gas and water production and supply", 44, 46),
    "E": ("建筑业", "Construction", 47, 50),
    "F": ("批发和零售业", "Wholesale and retail trade", 51, 52),
    "G": ("交通运输、仓储和邮政业", "Transport, storage and post", 53, 60),
    "H": ("住宿和餐饮业", "Accommodation and catering", 61, 62),
    "I": ("信息传输、软件和信息技术服务业", "Information transmission, software and IT services", 63, 65),
    "J": ("金融业", "Finance", 66, 69),
    "K": ("房地产业", "Real estate", 70, 70),
    "L": ("租赁和商务服务业", "Leasing and business services", 71, 72),
    "M": ("科学研究和技术服务业", "Scientific research and technical services", 73, 75),
    "N": ("水利、环境和公共设施管理业", "Water, environment and public facilities", 76, 79),
    "O": ("居民服务、修理和其他服务业", "Household services, repair and other services", 80, 82),
    "P": ("教育", "Education", 83, 83),
    "Q": ("卫生和社会工作", "Health and social work", 84, 85),
    "R": ("文化、体育和娱乐业", "Culture, sports and entertainment", 86, 90),
    "S": ("公共管理、社会保障和社会组织", "Public administration, social security and organisations", 91, 96),
    "T": ("国际组织", "International organisations", 97, 97),
}  # fmt: skip
DIVISIONS = {
    "01": ("农业", "Crop farming"),
    "02": ("林业", "Forestry"),
    "03": ("畜牧业", "Animal husbandry"),
    "04": ("渔业", "Fishery"),
    "05": ("农、林、牧、渔专业及辅助性活动", "Services to agriculture, forestry, husbandry and fishery"),
    "06": ("煤炭开采和洗选业", "Coal mining and washing"),
    "07": ("石油和天然气开采业", "Oil and gas extraction"),
    "08": ("黑色金属矿采选业", "Ferrous metal ores"),
    "09": ("有色金属矿采选业", "Non-ferrous metal ores"),
    "10": ("非金属矿采选业", "Non-metal ores"),
    "11": ("开采专业及辅助性活动", "Services to mining"),
    "12": ("其他采矿业", "Other mining"),
    "13": ("农副食品加工业", "Processing of farm produce"),
    "14": ("食品制造业", "Food"),
    "15": ("酒、饮料和精制茶制造业", "Liquor, beverages and refined tea"),
    "16": ("烟草制品业", "Tobacco"),
    "17": ("纺织业", "Textiles"),
    "18": ("纺织服装、服饰业", "Clothing"),
    "19": ("皮革、毛皮、羽毛及其制品和制鞋业", "Leather, fur, feathers and footwear"),
    "20": ("木材加工和木、竹、藤、棕、草制品业", "Wood, bamboo, rattan, palm and straw products"),
    "21": ("家具制造业", "Furniture"),
    "22": ("造纸和纸制品业", "Paper and paper products"),
    "23": ("印刷和记录媒介复制业", "Printing and reproduction of media"),
    "24": ("文教、工美、体育和娱乐用品制造业", "Stationery, craft, sports and entertainment articles"),
    "25": ("石油、煤炭及其他燃料加工业", "Petroleum, coal and other fuels"),
    "26": ("化学原料和化学制品制造业", "Chemical materials and products"),
    "27": ("医药制造业", "Medicines"),
    "28": ("化学纤维制造业", "Chemical fibres"),
    "29": ("橡胶和塑料制品业", "Rubber and plastics"),
    "30": ("非金属矿物制品业", "Non-metallic mineral products"),
    "31": ("黑色金属冶炼和压延加工业", "Smelting and rolling of ferrous metals"),
    "32": ("有色金属冶炼和压延加工业", "Smelting and rolling of non-ferrous metals"),
    "33": ("金属制品业", "Metal products"),
    "34": ("通用设备制造业", "General machinery"),
    "35": ("专用设备制造业", "Special machinery"),
    "36": ("汽车制造业", "Motor vehicles"),
    "37": ("铁路、船舶、航空航天和其他运输设备制造业", "Rail, ship, aerospace and other transport equipment"),
    "38": ("电气机械和器材制造业", "Electrical machinery and equipment"),
    "39": ("计算机、通信和其他电子设备制造业", "Computers, communication and other electronics"),
    "40": ("仪器仪表制造业", "Measuring instruments"),
    "41": ("其他制造业", "Other manufacturing"),
    "42": ("废弃资源综合利用业", "Recycling of waste resources"),
    "43": ("金属制品、机械和设备修理业", "Repair of metal products, machinery and equipment"),
    "44": ("电力、热力生产和供应业", "Electricity and heat"),
    "45": ("燃气生产和供应业", "Gas"),
    "46": ("水的生产和供应业", "Water"),
    "47": ("房屋建筑业", "Buildings"),
    "48": ("土木工程建筑业", "Civil engineering"),
    "49": ("建筑安装业", "Building installation"),
    "50": ("建筑装饰、装修和其他建筑业", "Building decoration and other construction"),
    "51": ("批发业", "Wholesale"),
    "52": ("零售业", "Retail"),
    "53": ("铁路运输业", "Rail transport"),
    "54": ("道路运输业", "Road transport"),
    "55": ("水上运输业", "Water transport"),
    "56": ("航空运输业", "Air transport"),
    "57": ("管道运输业", "Pipeline transport"),
    "58": ("多式联运和运输代理业", "Multimodal transport and forwarding"),
    "59": ("装卸搬运和仓储业", "Handling and storage"),
    "60": ("邮政业", "Post"),
    "61": ("住宿业", "Accommodation"),
    "62": ("餐饮业", "Catering"),
    "63": ("电信、广播电视和卫星传输服务", "Telecommunication, broadcasting and satellite services"),
    "64": ("互联网和相关服务", "Internet and related services"),
    "65": ("软件和信息技术服务业", "Software and IT services"),
    "66": ("货币金融服务", "Monetary and financial services"),
    "67": ("资本市场服务", "Capital market services"),
    "68": ("保险业", "Insurance"),
    "69": ("其他金融业", "Other finance"),
    "70": ("房地产业", "Real estate"),
    "71": ("租赁业", "Leasing"),
    "72": ("商务服务业", "Business services"),
    "73": ("研究和试验发展", "Research and experimental development"),
    "74": ("专业技术服务业", "Professional technical services"),
    "75": ("科技推广和应用服务业", "Science and technology promotion and application"),
    "76": ("水利管理业", "Water conservancy"),
    "77": ("生态保护和环境治理业", "Ecological protection and environmental control"),
    "78": ("公共设施管理业", "Public facilities"),
    "79": ("土地管理业", "Land management"),
    "80": ("居民服务业", "Household services"),
    "81": ("机动车、电子产品和日用产品修理业", "Repair of vehicles, electronics and daily goods"),
    "82": ("其他服务业", "Other services"),
    "83": ("教育", "Education"),
    "84": ("卫生", "Health"),
    "85": ("社会工作", "Social work"),
    "86": ("新闻和出版业", "News and publishing"),
    "87": ("广播、电视、电影和录音制作业", "Radio, television, film and sound recording"),
    "88": ("文化艺术业", "Culture and arts"),
    "89": ("体育", "Sports"),
    "90": ("娱乐业", "Entertainment"),
    "91": ("中国共产党机关", "Organs of the Communist Party of China"),
    "92": ("国家机构", "State organs"),
    "93": ("人民政协、民主党派", "People's Political Consultative Conference and democratic parties"),
    "94": ("社会保障", "Social security"),
    "95": ("群众团体、社会团体和其他成员组织", "Mass, social and other membership organisations"),
    "96": ("基层群众自治组织", "Grass-roots self-governing organisations"),
    "97": ("国际组织", "International organisations"),
}
_CODE = re.compile(r"([A-T])?([0-9]{2,4})?")


def industry(text: str) -> str:
    """The code as `C`, `C38`, `C384` or `C3841`, or '' for none; the letter may be left out before digits.

    Whether a group or class (third and fourth digit) exists is not known here.
    """
    code = unicodedata.normalize("NFKC", text).strip().upper()
    if not code:
        return ""
    found = _CODE.fullmatch(code)
    letter, digits = (found[1] or "", found[2] or "") if found else ("", "")
    section = section_of(digits) if digits else letter
    if not section or (letter and letter != section):
        raise Malformed(
            "unknown-industry",
            N_("'{value}' is not an industry of GB/T 4754."),
            N_(
                "Write the section's letter and two to four digits, for example C3841 for batteries; or leave it empty."
            ),
            value=code[:20],
            field="industry",
        )
    return section + digits


def section_of(digits: str) -> str:
    """The letter of the section in which a division, group or class lies; '' where there is no such division."""
    if digits[:2] not in DIVISIONS:
        return ""
    number = int(digits[:2])
    return next(letter for letter, (_, _, first, last) in SECTIONS.items() if first <= number <= last)


def names_of(code: str) -> tuple[str, str]:
    """Chinese and English name of a code's division, or of its section where it has no digits."""
    if digits := code[1:3]:
        return DIVISIONS[digits]
    return SECTIONS[code][:2]
