namespace AudienceSync.Values;

/// <summary>The types of attributes and of page columns. The numbers are part of the page format: never renumber.</summary>
public enum CellType : byte
{
    /// <summary>No value.</summary>
    Absent = 0,
    Text = 1,

    /// <summary>64 bits, signed.</summary>
    Integer = 2,

    /// <summary><see cref="decimal"/>, scale kept (120.50 stays 120.50).</summary>
    Decimal = 3,

    /// <summary>A moment, UTC, to 100 ns.</summary>
    DateTime = 4,
    Boolean = 5,
    TextList = 6,
    Bytes = 7,

    /// <summary>A calendar day; compares with a moment as its midnight UTC.</summary>
    Date = 8,
}
