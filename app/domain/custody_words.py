"""The sentences of custody: why a step is refused, what is odd about it. A key is a code, or code/variant.

Fields: `item`, `content`, `container`, `site` and `places` are EPCs (the last several, with commas between),
`holder` and `to` organisation prefixes, `reason` the text of a hold.
"""

from app.errors import N_

_ITS_HOLDER = N_("Only the organisation that holds it can record steps for it.")
_RELEASE = N_("A manager must release it first.")

REFUSALS: dict[str, tuple[str, str]] = {
    "unknown-item": (N_("{item} is not known here."), N_("Check the label, or mint it first.")),
    "already-minted": (
        N_("{item} was minted before."),
        N_("Choose another identifier; none is ever used twice."),
    ),
    "wrong-level": (
        N_("{item} is a {level}; the step '{step}' is not for it."),
        N_("Scan the lot, the serial item or the logistic unit instead."),
    ),
    "already-scrapped": (N_("{item} was scrapped."), N_("Undo the scrapping if it was a mistake.")),
    "already-consumed": (N_("{item} was used up in production."), N_("Undo that step if it was a mistake.")),
    "already-sampled": (N_("{item} was taken as a sample."), N_("Undo that step if it was a mistake.")),
    "declared-lost": (N_("{item} was reported as lost."), N_("Undo that report if it turned up again.")),
    "into-itself": (
        N_("{item} cannot be made from itself."),
        N_("Scan another lot as the one it comes from."),
    ),
    "more-out-than-in": (
        N_("More of {item} would come out ({out} {unit}) than went in ({into} {unit})."),
        N_("Check the two quantities."),
    ),
    "already-claimed": (
        N_("{item} is no blank label: it belongs to something already."),
        N_("Take another blank label."),
    ),
    "voided": (N_("{item} was declared void."), N_("Put a label with a new identifier on it.")),
    "not-commissioned": (
        N_("{item} is only reserved so far; nothing carries this identifier yet."),
        N_("Commission or produce it first."),
    ),
    "already-commissioned": (N_("{item} is in use already."), N_("Choose another step.")),
    "not-yours": (N_("{item} is held by {holder}."), _ITS_HOLDER),
    "not-yours/away": (N_("{item} is not with your organisation any more."), _ITS_HOLDER),
    "not-yours/lot": (N_("You hold nothing of {item}."), _ITS_HOLDER),
    "receive-first": (N_("{item} is on its way to you."), N_("Receive it first.")),
    "in-transit-elsewhere": (
        N_("{item} is on its way to {to}."),
        N_("Undo the shipment, or wait until it comes back."),
    ),
    "already-shipped": (
        N_("{item} was shipped to {to} already."),
        N_("Undo that shipment if it was a mistake."),
    ),
    "not-shipped-to-you": (
        N_("{item} was never shipped to you."),
        N_("Ask the sender to record the shipment, then scan it again."),
    ),
    "already-received": (N_("You hold {item} already."), N_("Choose another step.")),
    "destination-missing": (
        N_("Shipping {item} needs a destination."),
        N_("Choose the organisation it goes to."),
    ),
    "ship-to-self": (N_("{item} cannot be shipped to yourself."), N_("Use 'move' between your own sites.")),
    "nowhere-to-return": (
        N_("{item} came from nobody, so there is nobody to return it to."),
        N_("Choose the organisation it goes back to."),
    ),
    "inside-container": (N_("{item} is packed in {container}."), N_("Unpack it first.")),
    "built-in": (N_("{item} is built into {container}."), N_("Scan {container} instead.")),
    "not-in-that-container": (
        N_("{item} is not in {container}."),
        N_("Scan the container it was packed in; the item's page names it."),
    ),
    "container-loop": (
        N_("{item} cannot go into {container}: that would put it inside itself."),
        N_("Scan the outer container as the parent."),
    ),
    "no-children": (N_("Nothing was named that goes into {item}."), N_("Scan what goes into it.")),
    "not-empty": (
        N_("{item} still has things packed in it."),
        N_("Unpack it first."),
    ),
    "lot-in-stock": (
        N_("There are {available} {unit} of {item} on record."),
        N_("Use them up or scrap them first."),
    ),
    "held": (N_("{item} is on hold: {reason}."), _RELEASE),
    "content-held": (N_("{item} cannot leave: {content} inside it is on hold: {reason}."), _RELEASE),
    "content-held/used": (
        N_("{item} cannot be used: {content} inside it is on hold: {reason}."),
        _RELEASE,
    ),
    "not-held": (N_("{item} is not on hold."), N_("There is nothing to release.")),
    "bad-result": (N_("'{result}' is not a result of an inspection."), N_("Choose pass, fail or hold.")),
    "bad-quantity": (N_("{quantity} is not an amount of {item}."), N_("Enter a number greater than zero.")),
    "quantity-missing": (N_("How much of {item} is missing."), N_("Enter the quantity.")),
    "lot-too-large": (
        N_("With {asked} {unit} more, {item} would be larger than any lot can be."),
        N_("Check the quantity, or begin a new lot."),
    ),
    "serial-has-no-quantity": (
        N_("{item} is a single item and takes no quantity."),
        N_("Leave the quantity empty."),
    ),
    "wrong-unit": (N_("{item} is counted in {unit}, not in {given}."), N_("Enter the quantity in {unit}.")),
    "not-enough": (
        N_("There are only {available} {unit} of {item} at {site}, not {asked}."),
        N_("Enter a smaller quantity."),
    ),
    "not-enough/elsewhere": (
        N_("There are only {available} {unit} of {item} at {site}, not {asked}."),
        N_("You have {elsewhere} {unit} at {places}: move them here first."),
    ),
    "not-enough/transit": (
        N_("Only {available} {unit} of {item} are on their way to you, not {asked}."),
        N_("Enter what arrived; ask the sender to record the rest."),
    ),
    "not-enough/packed": (
        N_("There are only {available} {unit} of {item} in {container}, not {asked}."),
        N_("Enter a smaller quantity."),
    ),
    "move-from-where": (
        N_("You have {item} at several sites: {places}."),
        N_("Say from which site it was moved."),
    ),
}

STRICTER = N_("Your organisation has set this rule to refuse; an administrator can change that.")
NOTICES: dict[str, str] = {
    "elsewhere": N_("{item} was last at {site}."),
    "late": N_("This happened at {time}, before the last recorded step of {item} at {last}."),
    "lot-code": N_(
        "{item} was neither made nor received here before; a lot is named where it is made or first received."
    ),
    "still-held": N_("{item} passed, but stays on hold: {reason}."),
}
