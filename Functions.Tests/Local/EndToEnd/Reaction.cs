using System.Text.Json.Nodes;

namespace AudienceSync.Local.EndToEnd;

/// <summary>What a <see cref="Receiver"/> does with a call.</summary>
internal abstract record Reaction
{
    private Reaction()
    {
    }

    /// <summary>Takes all rows and says so.</summary>
    public static Reaction Accept { get; } = new Taken();

    /// <summary>Takes all rows.</summary>
    public sealed record Taken : Reaction;

    /// <summary>Takes nothing and answers with this status.</summary>
    public sealed record Refused(int Status, string Body = "", params (string Name, string Value)[] Headers) : Reaction;

    /// <summary>Takes the rows that the function has no error for, and answers 207 with the errors.</summary>
    public sealed record Partly(Func<JsonObject, RowError?> ErrorOf) : Reaction;

    /// <summary>Takes all rows or none, then closes the connection without an answer.</summary>
    public sealed record Reset(bool Applies) : Reaction;

    /// <summary>Takes all rows or none, and answers 200 only when the test lets it: <see cref="Receiver.Release"/>.</summary>
    public sealed record Hung(bool Applies) : Reaction;
}

/// <summary>An error about one row, as receivers report them.</summary>
internal sealed record RowError(string Message, bool Retryable);
