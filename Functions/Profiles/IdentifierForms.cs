namespace AudienceSync.Profiles;

/// <summary>The form in which two spellings of an identifier are told to be one value. Values are kept and sent as they were last spelt.</summary>
internal static class IdentifierForms
{
    /// <summary>Mailboxes and device ids go without regard to case; phone numbers are in one form when they come in; ids of yours are taken letter by letter.</summary>
    public static string Of(string name, string value) =>
        name is ProfileColumns.Email or ProfileColumns.Idfa or ProfileColumns.Gaid ? value.ToLowerInvariant() : value;

    public static bool AreOne(string name, string left, string right) => left == right || Of(name, left) == Of(name, right);
}
