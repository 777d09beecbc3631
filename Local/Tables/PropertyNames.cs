namespace Azure.Data.Tables;

internal static class PropertyNames
{
    public const string PartitionKey = "PartitionKey";
    public const string RowKey = "RowKey";
    public const string Timestamp = "Timestamp";

    /// <summary>Where <see cref="TableEntity"/> keeps the ETag; the service sends it under this name.</summary>
    public const string ODataETag = "odata.etag";
}
