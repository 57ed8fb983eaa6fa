"""The words of the Core Business Vocabulary 2.0 and how each is written: bare in JSON, elsewhere in full."""

from collections.abc import Mapping
from types import MappingProxyType

WEB = "https://ref.gs1.org/cbv/"
VOCABULARY = "https://gs1.org/voc/"
MOVED_VOCABULARY = "https://ref.gs1.org/voc/"  # where newer documents have it


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


BIZ_STEPS = _words(
    """accepting arriving assembling collecting commissioning consigning creating_class_instance cycle_counting
    decommissioning departing destroying disassembling dispensing encoding entering_exiting holding inspecting
    installing killing loading other packing picking receiving removing repackaging repairing replacing reserving
    retail_selling sampling sensor_reporting shipping staging_outbound stock_taking stocking storing transporting
    unloading unpacking void_shipping"""
)
DISPOSITIONS = _words(
    """active available completeness_inferred completeness_verified conformant container_closed container_open damaged
    destroyed dispensed disposed encoded expired in_progress in_transit inactive mismatch_class mismatch_instance
    mismatch_quantity needs_replacement no_pedigree_match non_conformant non_sellable_other partially_dispensed recalled
    reserved retail_sold returned sellable_accessible sellable_not_accessible stolen unavailable unknown"""
)
TRANSACTION_TYPES = _words("bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt")
PARTY_TYPES = _words("location owning_party possessing_party")
ERROR_REASONS = _words("did_not_occur incorrect_data")
COMPONENTS = _words(
    """altitude axial_distance azimuth easting elevation_angle height latitude longitude northing polar_angle
    spherical_radius x y z"""
)
MEASUREMENTS = _words(
    """AbsoluteHumidity AbsorbedDose AbsorbedDoseRate Acceleration Altitude AmountOfSubstance
    AmountOfSubstancePerUnitVolume Angle AngularAcceleration AngularMomentum AngularVelocity Area Capacitance
    Conductance Conductivity Count Density Dimensionless DoseEquivalent DoseEquivalentRate DynamicViscosity
    ElectricCharge ElectricCurrent ElectricCurrentDensity ElectricFieldStrength Energy Exposure Force Frequency
    Illuminance Inductance Irradiance KinematicViscosity Length LinearMomentum Luminance LuminousFlux
    LuminousIntensity MagneticFlux
    MagneticFluxDensity MagneticVectorPotential Mass MassConcentration MassFlowRate MassPerAreaTime MemoryCapacity
    MolalityOfSolute MolarEnergy MolarMass MolarVolume Power Pressure RadiantFlux RadiantIntensity Radioactivity
    RelativeHumidity Resistance Resistivity SolidAngle SpecificVolume Speed SurfaceDensity SurfaceTension Temperature
    Time Torque Voltage Volume VolumeFlowRate VolumeFraction VolumetricFlux Wavenumber"""
)
ALERTS = _words("ALARM_CONDITION ERROR_CONDITION")

# field -> what its words are and how each is written in full: the web address's start and the URN's
_STEP = (BIZ_STEPS, WEB + "BizStep-", "urn:epcglobal:cbv:bizstep:")
_DISPOSITION = (DISPOSITIONS, WEB + "Disp-", "urn:epcglobal:cbv:disp:")
_TRANSACTION = (TRANSACTION_TYPES, WEB + "BTT-", "urn:epcglobal:cbv:btt:")
_PARTY = (PARTY_TYPES, WEB + "SDT-", "urn:epcglobal:cbv:sdt:")
_REASON = (ERROR_REASONS, WEB + "ER-", "urn:epcglobal:cbv:er:")
_COMPONENT = (COMPONENTS, WEB + "Comp-", "urn:epcglobal:cbv:comp:")
KINDS: Mapping[str, tuple[frozenset[str], str, str]] = MappingProxyType(
    {
        "bizStep": _STEP,
        "disposition": _DISPOSITION,
        "bizTransaction": _TRANSACTION,
        "source": _PARTY,
        "destination": _PARTY,
        "reason": _REASON,
        "component": _COMPONENT,
        "measurement": (MEASUREMENTS, VOCABULARY, "gs1:"),
        "exception": (ALERTS, VOCABULARY, "gs1:"),
    }
)
_PREFIXED = {"cbv:": WEB, "gs1:": VOCABULARY}


def web(kind: str, value: str) -> str:
    """A word of that kind as a web address; a URN of the CBV likewise; anything else stays as it is."""
    words, start, urn = KINDS[kind]
    if value in words:
        return start + value
    if value[:4] in _PREFIXED:
        return _PREFIXED[value[:4]] + value[4:]
    return start + value[len(urn) :] if value.startswith(urn) else value


def urn(kind: str, value: str) -> str:
    """A word of that kind as the URN of EPCIS 1.2 (a measurement as `gs1:…`); anything else stays as it is."""
    words, _, start = KINDS[kind]
    return start + value if value in words else value


def bare(kind: str, value: str) -> str:
    """The bare word for a URN or web address of a word of that kind; anything else stays as it is."""
    words, start, urn_start = KINDS[kind]
    if value in words:
        return value
    others = ("cbv:" + start[len(WEB) :],) if start.startswith(WEB) else ("gs1:", MOVED_VOCABULARY)
    for beginning in (start, urn_start, *others):
        if value.startswith(beginning) and value[len(beginning) :] in words:
            return value[len(beginning) :]
    return value
