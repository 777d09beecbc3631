using System.Globalization;

namespace AudienceSync.Connectors.Kit.Files;

/// <summary>Where the files of a run lie: <c>{prefix}/{audience}/{full|delta}/dt=yyyy-MM-dd/{audience}_{runId}_{00000}.csv</c>.</summary>
/// <remarks>Names follow from the run alone: a retry writes the same ones.</remarks>
internal static class FileNames
{
    /// <summary>A part's name while it is written; readers of the final names never see half a part.</summary>
    public static string Temporary(string prefix, DeliveryBatch batch, FileShape shape) =>
        $"{Folder(prefix, batch.Audience, batch.AsOf, shape)}/_tmp/{Part(batch, shape)}";

    public static string Final(string prefix, DeliveryBatch batch, FileShape shape) =>
        $"{Folder(prefix, batch.Audience, batch.AsOf, shape)}/{Part(batch, shape)}";

    public static string Manifest(string prefix, DeliveryCompletion completion, FileShape shape) =>
        $"{Folder(prefix, completion.Audience, completion.AsOf, shape)}/{Safe(completion.Audience.Key)}_{Safe(completion.RunId)}_manifest.json";

    /// <summary>An empty file that a check writes and deletes.</summary>
    public static string Probe(string prefix) => $"{(prefix.Length == 0 ? "" : $"{prefix}/")}_audiencesync_check";

    public static string ModeOf(FileShape shape) => shape.IsFull ? "full" : "delta";

    private static string Part(DeliveryBatch batch, FileShape shape) =>
        string.Create(CultureInfo.InvariantCulture, $"{Safe(batch.Audience.Key)}_{Safe(batch.RunId)}_{batch.Number:D5}.{shape.Extension}");

    private static string Folder(string prefix, AudienceRef audience, DateTimeOffset asOf, FileShape shape) => string.Create(
        CultureInfo.InvariantCulture, $"{(prefix.Length == 0 ? "" : $"{prefix}/")}{Safe(audience.Key)}/{ModeOf(shape)}/dt={asOf.UtcDateTime:yyyy-MM-dd}");

    /// <summary>Letters, digits, dash and underscore: a key must not open a folder or end the name.</summary>
    private static string Safe(string text) => string.Concat(text.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' ? letter : '_'));
}
