using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Kit;

/// <summary>A kind of identifier a platform may match people by. <see cref="As"/> starts the rule of one target field.</summary>
/// <param name="Name">The attribute or identifier of a profile that usually fills it.</param>
public sealed record Identifier(string Name)
{
    public static Identifier Email { get; } = new("email");

    public static Identifier Phone { get; } = new("phone");

    public static Identifier ExternalId { get; } = new("external_id");

    public static Identifier Idfa { get; } = new("idfa");

    public static Identifier Gaid { get; } = new("gaid");

    /// <summary>The profile's id.</summary>
    public static Identifier ProfileId { get; } = new("id");

    /// <param name="field">The target's name as the platform spells it.</param>
    public IdentifierRule As(string field) => new(this, field, []);
}

/// <summary>How one identifier is written for a platform: its target name and what is done to the value, in order.</summary>
public sealed record IdentifierRule(Identifier Source, string Field, ImmutableArray<NormalizationStep> Normalization)
{
    public IdentifierRule Trimmed() => Then("trim", static value => value.Trim());

    public IdentifierRule TrimmedLowercase() => Trimmed().Then("lowercase", static value => value.ToLowerInvariant());

    /// <summary>Keeps the ASCII digits, without leading zeros: a phone number with country code and nothing else.</summary>
    public IdentifierRule DigitsOnly() => Then("digits", static value => string.Concat(value.Where(char.IsAsciiDigit)).TrimStart('0'));

    public IdentifierRule Sha256Hex() => Hashed("sha256", 64, SHA256.HashData);

    // MD5 is what some platforms match by; it protects nothing here.
#pragma warning disable CA5351
    public IdentifierRule Md5Hex() => Hashed("md5", 32, MD5.HashData);
#pragma warning restore CA5351

    /// <summary>The value as the platform wants it, empty when the cell is absent or nothing is left of it.</summary>
    public string Of(Row fields)
    {
        var value = fields[Field].ToString();
        foreach (var step in Normalization)
        {
            if (value.Length == 0)
            {
                break;
            }

            value = step.Apply(value);
        }

        return value;
    }

    /// <summary>A value that already is such a digest in hex is passed on: customers store pre-hashed identifiers.</summary>
    private IdentifierRule Hashed(string name, int hexLength, Func<byte[], byte[]> digest) => Then(
        name,
        value => value.Length == hexLength && value.All(char.IsAsciiHexDigit)
            ? value.ToLowerInvariant()
            : Convert.ToHexStringLower(digest(Encoding.UTF8.GetBytes(value))));

    private IdentifierRule Then(string name, Func<string, string> apply) => this with { Normalization = Normalization.Add(new(name, apply)) };
}

/// <param name="Name">For the card: <c>trim</c>, <c>lowercase</c>, <c>digits</c>, <c>sha256</c> …</param>
public sealed record NormalizationStep(string Name, Func<string, string> Apply);
