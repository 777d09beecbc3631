using System.Text;
using Npgsql;

namespace AudienceSync.Connectors.Postgres;

/// <summary>Names in SQL: quoted, never put together raw.</summary>
internal static class SqlNames
{
    /// <summary>NAMEDATALEN − 1 of a server as it is built: longer names are cut, and would mean another object.</summary>
    private const int MaxBytes = 63;

    private static readonly NpgsqlCommandBuilder Quoting = new();

    public static string Quote(string name) => Quoting.QuoteIdentifier(name);

    public static string QuoteAll(IEnumerable<string> names) => string.Join(", ", names.Select(Quote));

    public static bool IsPossible(string name) => name.Length > 0 && Encoding.UTF8.GetByteCount(name) <= MaxBytes && !name.Contains('\0', StringComparison.Ordinal);

    /// <summary>A name made of any text: small letters, digits and underscores; empty when there is nothing to make one of.</summary>
    public static string From(string text)
    {
        var name = new StringBuilder();
        foreach (var letter in text)
        {
            if (char.IsAsciiLetterOrDigit(letter))
            {
                name.Append(char.ToLowerInvariant(letter));
            }
            else if (name.Length > 0 && name[^1] != '_')
            {
                name.Append('_');
            }
        }

        return name.ToString(0, Math.Min(name.Length, MaxBytes)).TrimEnd('_');
    }
}
