using Azure.Data.Tables;

namespace AudienceSync.Local;

internal static class TestTable
{
    /// <summary>A new, empty table.</summary>
    public static async Task<TableClient> CreateAsync(string connectionString)
    {
        var table = new TableClient(connectionString, $"t{Guid.NewGuid():N}");
        await table.CreateAsync();
        return table;
    }
}
