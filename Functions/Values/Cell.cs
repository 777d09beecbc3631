using System.Collections.Immutable;
using System.Globalization;

namespace AudienceSync.Values;

/// <summary>One typed value, or none: <c>default</c> is absent. Immutable.</summary>
/// <remarks>Equality is by type and value; decimals are equal whatever their scale (1.50 = 1.5); an integer never equals a decimal here
/// (rules compare numbers across the two types, see <see cref="TryNumber"/>).</remarks>
public readonly struct Cell : IEquatable<Cell>
{
    private readonly object? _reference;
    private readonly long _bits;

    private Cell(CellType type, object? reference, long bits) => (Type, _reference, _bits) = (type, reference, bits);

    public CellType Type { get; }

    public bool IsAbsent => Type is CellType.Absent;

    public static Cell Of(string text) => new(CellType.Text, text, 0);

    public static Cell Of(long number) => new(CellType.Integer, null, number);

    public static Cell Of(decimal number) => new(CellType.Decimal, number, 0);

    public static Cell Of(bool flag) => new(CellType.Boolean, null, flag ? 1 : 0);

    /// <summary>A moment; kept as UTC ticks.</summary>
    public static Cell Of(DateTimeOffset moment) => new(CellType.DateTime, null, moment.UtcTicks);

    public static Cell Of(DateOnly day) => new(CellType.Date, null, day.DayNumber);

    public static Cell Of(ImmutableArray<string> texts) => new(CellType.TextList, ImmutableArrayBox(texts), 0);

    public static Cell Of(ReadOnlyMemory<byte> bytes) => new(CellType.Bytes, bytes.ToArray(), 0);

    /// <exception cref="InvalidOperationException">The cell is of another type. So throw all the readers below.</exception>
    public string AsText() => (string)Reference(CellType.Text);

    public long AsInteger() => Bits(CellType.Integer);

    public decimal AsDecimal() => (decimal)Reference(CellType.Decimal);

    public bool AsBoolean() => Bits(CellType.Boolean) != 0;

    public DateTimeOffset AsDateTime() => new(Bits(CellType.DateTime), TimeSpan.Zero);

    public DateOnly AsDate() => DateOnly.FromDayNumber((int)Bits(CellType.Date));

    public ImmutableArray<string> AsTextList() => System.Runtime.InteropServices.ImmutableCollectionsMarshal.AsImmutableArray((string[])Reference(CellType.TextList));

    public ReadOnlyMemory<byte> AsBytes() => (byte[])Reference(CellType.Bytes);

    /// <summary>The number of an integer or decimal cell.</summary>
    public bool TryNumber(out decimal number)
    {
        number = Type switch { CellType.Integer => _bits, CellType.Decimal => (decimal)_reference!, _ => 0 };
        return Type is CellType.Integer or CellType.Decimal;
    }

    /// <summary>The moment of a date-time cell, or the midnight UTC of a date cell.</summary>
    public bool TryMoment(out DateTimeOffset moment)
    {
        moment = Type switch
        {
            CellType.DateTime => AsDateTime(),
            CellType.Date => new(AsDate().ToDateTime(TimeOnly.MinValue), TimeSpan.Zero),
            _ => default,
        };
        return Type is CellType.DateTime or CellType.Date;
    }

    public bool Equals(Cell other) => Type == other.Type && Type switch
    {
        CellType.Absent => true,
        CellType.Text => AsText() == other.AsText(),
        CellType.Decimal => AsDecimal() == other.AsDecimal(),
        CellType.TextList => AsTextList().AsSpan().SequenceEqual(other.AsTextList().AsSpan()),
        CellType.Bytes => AsBytes().Span.SequenceEqual(other.AsBytes().Span),
        _ => _bits == other._bits,
    };

    public override bool Equals(object? obj) => obj is Cell other && Equals(other);

    public override int GetHashCode() => Type switch
    {
        CellType.Text => string.GetHashCode(AsText(), StringComparison.Ordinal),
        CellType.Decimal => AsDecimal().GetHashCode(),
        CellType.TextList => AsTextList().Length,
        CellType.Bytes => AsBytes().Length,
        _ => HashCode.Combine(Type, _bits),
    };

    public static bool operator ==(Cell left, Cell right) => left.Equals(right);

    public static bool operator !=(Cell left, Cell right) => !left.Equals(right);

    /// <summary>The value as plain text, as templates and CSV show it: invariant culture, RFC 3339 times, <c>true</c>/<c>false</c>, lists joined by a comma; empty when absent.</summary>
    public override string ToString() => Type switch
    {
        CellType.Text => AsText(),
        CellType.Integer => _bits.ToString(CultureInfo.InvariantCulture),
        CellType.Decimal => AsDecimal().ToString(CultureInfo.InvariantCulture),
        CellType.DateTime => Timestamps.Format(AsDateTime()),
        CellType.Date => Timestamps.Format(AsDate()),
        CellType.Boolean => AsBoolean() ? "true" : "false",
        CellType.TextList => string.Join(',', AsTextList()),
        CellType.Bytes => Convert.ToBase64String(AsBytes().Span),
        _ => "",
    };

    private static string[] ImmutableArrayBox(ImmutableArray<string> texts) =>
        System.Runtime.InteropServices.ImmutableCollectionsMarshal.AsArray(texts) ?? [];

    private object Reference(CellType wanted) => Type == wanted ? _reference! : throw Mismatch(wanted);

    private long Bits(CellType wanted) => Type == wanted ? _bits : throw Mismatch(wanted);

    private InvalidOperationException Mismatch(CellType wanted) => new($"The cell holds {Type}, not {wanted}.");
}
