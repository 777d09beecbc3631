using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using AudienceSync.Connectors.Kit.Identifiers;
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

    public static Identifier FirstName { get; } = new("firstName");

    public static Identifier LastName { get; } = new("lastName");

    public static Identifier Gender { get; } = new("gender");

    public static Identifier BirthDate { get; } = new("birthDate");

    public static Identifier City { get; } = new("city");

    public static Identifier State { get; } = new("state");

    public static Identifier PostalCode { get; } = new("postalCode");

    public static Identifier Country { get; } = new("country");

    /// <param name="field">The target's name as the platform spells it.</param>
    public IdentifierRule As(string field) => new(this, field, []);
}

/// <summary>The digest a platform wants instead of the value, as lower-case hex.</summary>
public enum IdentifierDigest
{
    None,
    Sha256,
    Sha512,
    Md5,
}

/// <summary>How one identifier is written for a platform: its target name and what is done to the value, in order.</summary>
/// <param name="Normalization">The steps, by name for the card; the digest, which comes last, is named there too.</param>
/// <remarks>Works on UTF-8 in place; <see cref="IdentifierTable"/> does a whole batch at once, with the digests side by side.</remarks>
public sealed record IdentifierRule(Identifier Source, string Field, ImmutableArray<NormalizationStep> Normalization)
{
    /// <summary>Taken of what the steps leave. A value that already is such a digest is passed on as it is: customers store pre-hashed identifiers.</summary>
    public IdentifierDigest Digest { get; private init; }

    /// <summary>Bytes of the digest's hex; 0 without one.</summary>
    internal int DigestLength => Digest switch { IdentifierDigest.Sha256 => 64, IdentifierDigest.Sha512 => 128, IdentifierDigest.Md5 => 32, _ => 0 };

    public IdentifierRule Trimmed() => Then("trim", Rewrites.Trim);

    public IdentifierRule Lowercase() => Then("lowercase", Rewrites.Lowercase);

    public IdentifierRule Uppercase() => Then("uppercase", Rewrites.Uppercase);

    public IdentifierRule TrimmedLowercase() => Trimmed().Lowercase();

    /// <summary>Takes out every white space, also those within.</summary>
    public IdentifierRule WithoutWhitespace() => Then("no whitespace", Rewrites.WithoutWhitespace);

    /// <summary>Takes out punctuation and symbols; letters of all scripts, digits and spaces within stay.</summary>
    public IdentifierRule WithoutPunctuation() => Then("no punctuation", Rewrites.WithoutPunctuation);

    /// <summary>Keeps the letters, of all scripts.</summary>
    public IdentifierRule LettersOnly() => Then("letters", Rewrites.Letters);

    /// <summary>Keeps the ASCII digits, without leading zeros: a phone number with country code and nothing else.</summary>
    public IdentifierRule DigitsOnly() => Then("digits", Rewrites.Digits);

    /// <summary>A phone number as <c>+</c>, country code and number. The value must have its country code; <c>00</c> before it is taken for <c>+</c>.</summary>
    public IdentifierRule E164() => Then("e164", Rewrites.E164);

    /// <summary>Of a mailbox at Gmail: without dots and without what follows a plus. Lower case is expected.</summary>
    public IdentifierRule GmailMailbox() => Then("gmail", Rewrites.GmailMailbox);

    public IdentifierRule Sha256Hex() => Then("sha256", static (_, length) => length) with { Digest = IdentifierDigest.Sha256 };

    public IdentifierRule Sha512Hex() => Then("sha512", static (_, length) => length) with { Digest = IdentifierDigest.Sha512 };

    /// <summary>What some platforms match by; it protects nothing.</summary>
    public IdentifierRule Md5Hex() => Then("md5", static (_, length) => length) with { Digest = IdentifierDigest.Md5 };

    /// <summary>One more step: the platform's own.</summary>
    /// <param name="name">For the card.</param>
    public IdentifierRule Then(string name, Rewrite apply) => this with { Normalization = Normalization.Add(new(name, apply)) };

    /// <summary>The value as the platform wants it, empty when the cell is absent or nothing is left of it.</summary>
    public string Of(Row fields)
    {
        var value = fields[Field].ToString();
        var buffer = ArrayPool<byte>.Shared.Rent(SpaceFor(value.Length) + IdentifierTable.MaxDigestLength);
        var length = Normalize(value, buffer, out var isDigest);
        if (length > 0 && !isDigest && Digest is not IdentifierDigest.None)
        {
            var text = buffer.AsSpan(0, length);
            IdentifierTable.Hex(Digest, text, buffer.AsSpan(length));
            text = buffer.AsSpan(length, DigestLength);
            return Returned(text, buffer);
        }

        return Returned(buffer.AsSpan(0, length), buffer);

        static string Returned(Span<byte> text, byte[] buffer)
        {
            var result = Encoding.UTF8.GetString(text);
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
            return result;
        }
    }

    /// <summary>Whether something is left of the value: <see cref="Of"/> without the cost of a digest.</summary>
    public bool IsFilled(Row fields)
    {
        var value = fields[Field].ToString();
        if (value.Length == 0)
        {
            return false;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(SpaceFor(value.Length));
        var length = Normalize(value, buffer, out _);
        ArrayPool<byte>.Shared.Return(buffer);
        return length > 0;
    }

    /// <summary>Bytes that <see cref="Normalize"/> needs: three for each UTF-16 unit, which no change of case exceeds, and what a step adds.</summary>
    internal static int SpaceFor(int length) => (length * 3) + 16;

    /// <summary>Writes the value as UTF-8 and takes the steps.</summary>
    /// <param name="text">At least <see cref="SpaceFor"/>.</param>
    /// <param name="isDigest">The value was such a digest already; it is in lower case now.</param>
    /// <returns>Its length; 0 when nothing is left.</returns>
    internal int Normalize(string value, Span<byte> text, out bool isDigest)
    {
        var length = Encoding.UTF8.GetBytes(value, text);
        isDigest = false;
        if (Digest is not IdentifierDigest.None && length >= DigestLength && Rewrites.IsHex(text[..length], DigestLength))
        {
            // Before any step: those of a phone number would leave the digits of the digest.
            isDigest = true;
            return Rewrites.Lowercase(text, Rewrites.Trim(text, length));
        }

        foreach (var step in Normalization)
        {
            if (length == 0)
            {
                break;
            }

            length = step.Apply(text, length);
        }

        return length;
    }
}

/// <summary>Rewrites a UTF-8 text in place.</summary>
/// <param name="text">The text in its first bytes, then space.</param>
/// <param name="length">Bytes of the text, more than 0.</param>
/// <returns>The bytes of what it is now; 0 for nothing, as of a value that cannot be.</returns>
public delegate int Rewrite(Span<byte> text, int length);

/// <param name="Name">For the card: <c>trim</c>, <c>lowercase</c>, <c>digits</c>, <c>sha256</c> …</param>
public sealed record NormalizationStep(string Name, Rewrite Apply);
