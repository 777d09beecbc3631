#nullable disable // as in the real package

namespace Azure.Data.Tables.Models;

/// <summary>A table of an account.</summary>
public partial class TableItem
{
    public TableItem(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        Name = name;
    }

    public string Name { get; }
}
