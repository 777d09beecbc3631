#nullable disable // as in the real package

using System.Globalization;

namespace Azure.Data.Tables;

/// <summary>A transaction failed and nothing of it was stored. Status and code are those of the action that failed.</summary>
public partial class TableTransactionFailedException : RequestFailedException
{
    public TableTransactionFailedException(RequestFailedException requestFailedException)
        : base(requestFailedException.Status, requestFailedException.Message, requestFailedException.ErrorCode, requestFailedException.InnerException)
    {
        foreach (var key in requestFailedException.Data.Keys) Data[key] = requestFailedException.Data[key];
        FailedTransactionActionIndex = int.TryParse(Data[FailureParser.FailedIndex] as string, CultureInfo.InvariantCulture, out var index) ? index : null;
    }

    /// <summary>Which of the submitted actions failed, if the service said so.</summary>
    public int? FailedTransactionActionIndex { get; }
}
