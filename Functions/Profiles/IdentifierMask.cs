namespace AudienceSync.Profiles;

/// <summary>Identifiers as callers below the role editor see them: enough to recognise, too little to use.</summary>
public static class IdentifierMask
{
    /// <summary><c>a…@example.com</c>, <c>+…00</c>, else the first character of at least four and an ellipsis.</summary>
    public static string Of(string name, string value)
    {
        switch (name)
        {
            case ProfileColumns.Email when value.LastIndexOf('@') is var at and > 0:
                return $"{First(value)}…{value[at..]}";
            case ProfileColumns.Phone when value.Length > 4:
                return $"+…{value[^2..]}";
            default:
                return value.Length > 3 ? $"{First(value)}…" : "…";
        }
    }

    /// <summary>The first character, both halves of it where it takes two.</summary>
    private static string First(string value) => char.IsSurrogatePair(value, 0) ? value[..2] : value[..1];
}
