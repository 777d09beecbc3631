using System.Collections.Immutable;

namespace AudienceSync.Problems;

public static partial class ProblemCatalog
{
    /// <summary>Faults of what is sent about people.</summary>
    private static ImmutableArray<ProblemPage> Profiles =>
    [
        Refusal(
            "too_many_operations", 422, "Too many operations in one batch",
            "A batch has 1,000 operations at most. None was taken.",
            "Split it.",
            "profiles/batch", "The batch has 1200 operations; at most 1000 are taken. Split it."),
        Refusal(
            "unknown_token", 404, "Unknown token",
            "The token was not made by this installation, was changed on its way, or its profile is gone.",
            "Look at what the link did to it: tokens are case-sensitive, and percent-encoding changes none of their characters.",
            "profiles/resolve", "No profile has this URL token."),
        Fault(
            "unknown_operation", "The operation is not known",
            "An operation is `identify`, `consent` or `erase`; a profile alone, and a line of an import, is an `identify`.",
            "Send one of these.",
            "profiles/batch", "/operations/0/op", "'idenify' is no operation. It is identify, consent or erase. Did you mean 'identify'?"),
        Fault(
            "unknown_profile", "There is no such profile",
            "The id is that of no profile.",
            "Look at the id; it is case-sensitive. Nothing is left to erase, or nobody to test with.",
            "profiles/batch", "/operations/1/id", "There is no profile of this id. Nothing is left to erase."),
        Fault(
            "id_empty", "The id is empty",
            "Every profile has the id that your system knows the customer by.",
            "Send it: 1 to 256 characters.",
            "profiles", "/id", "The id is empty. Give the customer's id, 1 to 256 characters."),
        Fault(
            "id_too_long", "The id is too long",
            "An id has 256 characters at most.",
            "Send a shorter one, such as a hash of it.",
            "profiles", "/id", "The id has 300 characters; at most 256 are taken."),
        Fault(
            "id_invalid", "The id holds what no id may",
            "It holds a control character, or half a surrogate pair.",
            "Remove it.",
            "profiles", "/id", "The id holds a control character. Remove it."),
        Fault(
            "unknown_identifier", "The identifier is not known",
            "Identifiers are `email`, `phone`, `external_id`, `idfa` and `gaid`.",
            "Send anything else under `attributes`.",
            "profiles", "/identifiers/mail", "'mail' is no identifier. They are email, phone, external_id, idfa, gaid; anything else is an attribute. Did you mean 'email'?"),
        Fault(
            "invalid_email", "It is not an e-mail address",
            "An address has one `@` with text on both sides, no blanks, and 254 characters at most.",
            "Mend or drop it at the source.",
            "profiles", "/identifiers/email", "The e-mail address needs one @ with text on both sides, no spaces, and at most 254 characters."),
        Fault(
            "invalid_phone", "It is not a phone number",
            "A number has E.164 form: `+`, country code, 8 to 15 digits in all. Blanks, brackets, dots and hyphens are removed.",
            "Add the country code at the source.",
            "profiles", "/identifiers/phone", "The phone number needs E.164 form: '+', country code, 8 to 15 digits in all. Spaces, brackets, dots and hyphens are removed."),
        Fault(
            "invalid_idfa", "It is not an advertising id",
            "An IDFA has the form of a UUID.",
            "Send 8-4-4-4-12 hexadecimal digits, or leave it out.",
            "profiles", "/identifiers/idfa", "The idfa needs UUID form, 8-4-4-4-12 hexadecimal digits."),
        Fault(
            "invalid_gaid", "It is not an advertising id",
            "A GAID has the form of a UUID.",
            "Send 8-4-4-4-12 hexadecimal digits, or leave it out.",
            "profiles", "/identifiers/gaid", "The gaid needs UUID form, 8-4-4-4-12 hexadecimal digits."),
        Fault(
            "invalid_external_id", "It is not an external id",
            "An external id has 1 to 256 characters without control characters.",
            "Send one like that, or leave it out.",
            "profiles", "/identifiers/external_id", "The external_id needs 1 to 256 characters without control characters."),
        Fault(
            "reserved_name", "The name is not free for attributes",
            "Identifiers stand under `identifiers`, and a few names are kept for the system.",
            "Send it there, or under another name.",
            "profiles", "/attributes/email", "'email' is an identifier, not an attribute. Put it under 'identifiers'."),
        Fault(
            "invalid_attribute_name", "The name cannot be an attribute's",
            "A name has 1 to 128 characters, none of them `$` or a control character.",
            "Rename it.",
            "profiles", "/attributes/$x", "An attribute name has 1 to 128 characters, none of them '$' or a control character."),
        Fault(
            "number_out_of_range", "The number has too many digits",
            "Numbers of 28 digits are kept.",
            "Send it as text.",
            "profiles", "/attributes/total", "The number 1e400 is out of range: at most 28 digits are kept. Send it as text."),
        Fault(
            "list_too_long", "The list is too long",
            "A list of a profile has 100 items at most.",
            "Send fewer.",
            "profiles", "/attributes/tags", "The list has 120 items; at most 100 are taken."),
        Fault(
            "too_many_attributes", "Too many attributes at once",
            "An operation has 200 attributes at most.",
            "Send the rest in another operation.",
            "profiles", "/attributes", "The operation has 250 attributes; at most 200 are taken. Send the rest in another operation."),
        Fault(
            "too_many_attribute_names", "The catalogue of attributes is full",
            "An installation knows a bounded number of attributes, so that names made from data (`order_123`) do not fill it.",
            "Use a name there is; keep what varies in the value.",
            "profiles", "/attributes", "'order_123' would be a new attribute, and the catalogue is full (at most 2000 names, fewer where they are long). Use a name there is."),
        Fault(
            "too_many_consents", "Too many purposes",
            "An operation has 100 purposes at most.",
            "Send fewer.",
            "profiles", "/consents", "The operation has 120 purposes; at most 100 are taken."),
        Fault(
            "invalid_purpose", "It is not a purpose",
            "A purpose has 1 to 64 characters, none of them `$` or a control character.",
            "Rename it.",
            "profiles", "/consents/$", "A consent purpose has 1 to 64 characters, none of them '$' or a control character."),
        Fault(
            "unknown_state", "It is not a state of consent",
            "A consent is `granted`, `denied` or `unknown`.",
            "Send one of these.",
            "profiles", "/consents/marketing/state", "'yes' is no state of consent. It is granted, denied or unknown."),
        Fault(
            "operation_too_large", "The operation is too large",
            "One operation must fit into a page of storage.",
            "Send its attributes in several operations.",
            "profiles", "", "The operation takes about 600000 bytes; at most 500000 are taken. Send its attributes in several operations."),
    ];
}
