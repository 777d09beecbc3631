using System.Globalization;

namespace AudienceSync.Local.EndToEnd;

/// <summary>The purchases of the CDNOW data set (Fader and Hardie 2001), where this machine has them.</summary>
internal static class Cdnow
{
    private const string Variable = "AUDIENCESYNC_CDNOW";

    /// <summary>Named by the environment, or <c>shared/data/cdnow</c> beside the repository or further up; null when there is none.</summary>
    public static string? Folder { get; } = FindFolder();

    public static string Missing => $"The CDNOW data set is not here: set {Variable} to the folder that holds transactions.txt.";

    public static IReadOnlyList<Purchase> ReadPurchases() =>
        [.. File.ReadLines(Path.Combine(Folder!, "transactions.txt")).Where(line => line.Length > 0).Select(Purchase.Parse)];

    private static string? FindFolder()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
        {
            return HasData(named) ? named : null;
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var data = Path.Combine(folder.FullName, "shared", "data", "cdnow");
            if (HasData(data))
            {
                return data;
            }
        }

        return null;
    }

    private static bool HasData(string folder) => File.Exists(Path.Combine(folder, "transactions.txt"));
}

/// <summary>One purchase: customer, day, number of CDs, US dollars.</summary>
internal sealed record Purchase(string Customer, DateOnly Day, int Units, decimal Amount)
{
    public static Purchase Parse(string line)
    {
        var columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return new(
            columns[0],
            DateOnly.ParseExact(columns[1], "yyyyMMdd", CultureInfo.InvariantCulture),
            int.Parse(columns[2], CultureInfo.InvariantCulture),
            decimal.Parse(columns[3], CultureInfo.InvariantCulture));
    }
}

/// <summary>A test that is skipped, saying so, where the data set is missing.</summary>
internal sealed class CdnowFactAttribute : FactAttribute
{
    public CdnowFactAttribute() => Skip = Cdnow.Folder is null ? Cdnow.Missing : null;
}
