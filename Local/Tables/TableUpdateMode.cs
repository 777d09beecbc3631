namespace Azure.Data.Tables;

/// <summary>What becomes of stored properties that the sent row lacks.</summary>
public enum TableUpdateMode
{
    /// <summary>They stay.</summary>
    Merge = 0,

    /// <summary>They go.</summary>
    Replace = 1,
}
