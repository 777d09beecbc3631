using System.Text.RegularExpressions;

namespace Azure.Data.Tables;

/// <summary>
/// Refuses what the service refuses before it is sent. The real client leaves that to the service, but Azurite, which this one talks to,
/// lets some of it pass: without these checks the app would break only in Azure.
/// </summary>
/// <remarks>Limits: learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model.</remarks>
internal static partial class EntityLimits
{
    public const int MaxActions = 100;
    public const int MaxTransactionBytes = 4 * 1024 * 1024;

    private const int MaxEntityBytes = 1024 * 1024;
    private const int MaxProperties = 252; // 255 with the three the service adds
    private const int MaxNameLength = 255;
    private const int MaxKeyLength = 512; // 1 KiB of UTF-16
    private const int MaxStringLength = 32 * 1024; // 64 KiB of UTF-16
    private const int MaxBinaryLength = 64 * 1024;

    private static readonly DateTime EarliestDate = new(1601, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    /// <exception cref="ArgumentNullException">A key is null.</exception>
    /// <exception cref="ArgumentException">The row breaks a limit; the message names it.</exception>
    public static void Check(ITableEntity entity)
    {
        CheckKeys(entity.PartitionKey, entity.RowKey);
        var (count, bytes) = (0, 4 + 2 * (entity.PartitionKey.Length + entity.RowKey.Length));
        foreach (var (name, value) in EntityProperties.Of(entity))
        {
            if (value is null || name is PropertyNames.PartitionKey or PropertyNames.RowKey) continue;
            CheckProperty(name, value);
            count++;
            bytes += 8 + 2 * name.Length + SizeOf(value);
        }

        if (count > MaxProperties) throw new ArgumentException($"The row has {count} properties; a row has at most {MaxProperties}.", nameof(entity));
        if (bytes > MaxEntityBytes) throw new ArgumentException($"The row takes {bytes} bytes; a row takes at most {MaxEntityBytes}.", nameof(entity));
    }

    /// <inheritdoc cref="Check(ITableEntity)"/>
    public static void CheckKeys(string partitionKey, string rowKey)
    {
        ArgumentNullException.ThrowIfNull(partitionKey);
        ArgumentNullException.ThrowIfNull(rowKey);
        CheckKey(partitionKey, nameof(partitionKey));
        CheckKey(rowKey, nameof(rowKey));
    }

    /// <inheritdoc cref="Check(ITableEntity)"/>
    public static void Check(IReadOnlyList<TableTransactionAction> actions)
    {
        if (actions.Count > MaxActions)
        {
            throw new ArgumentException($"The transaction has {actions.Count} actions; it takes at most {MaxActions}.", nameof(actions));
        }

        foreach (var action in actions)
        {
            if (action.ActionType is TableTransactionActionType.Delete) CheckKeys(action.Entity.PartitionKey, action.Entity.RowKey);
            else Check(action.Entity);
            if (action.Entity.PartitionKey != actions[0].Entity.PartitionKey)
            {
                throw new ArgumentException("All actions of a transaction have one partition key.", nameof(actions));
            }
        }
    }

    private static void CheckKey(string key, string parameter)
    {
        if (key.Length > MaxKeyLength) throw new ArgumentException($"The key has {key.Length} characters; a key has at most {MaxKeyLength}.", parameter);
        foreach (var c in key)
        {
            if (c is '/' or '\\' or '#' or '?' || char.IsControl(c))
            {
                throw new ArgumentException($"A key must not hold the character U+{(int)c:X4}.", parameter);
            }
        }
    }

    private static void CheckProperty(string name, object value)
    {
        if (name.Length > MaxNameLength || !NamePattern().IsMatch(name))
        {
            throw new ArgumentException($"'{name}' is not a property's name: letters, digits and '_', no digit first, at most {MaxNameLength}.");
        }

        var (length, most) = value switch
        {
            string text => (text.Length, MaxStringLength),
            byte[] bytes => (bytes.Length, MaxBinaryLength),
            BinaryData data => (data.ToMemory().Length, MaxBinaryLength),
            _ => (0, 0),
        };
        if (length > most) throw new ArgumentException($"{name} has a length of {length}; it is at most {most}.");

        var date = value switch
        {
            DateTime time => time,
            DateTimeOffset time => time.UtcDateTime,
            _ => EarliestDate,
        };
        if (date < EarliestDate) throw new ArgumentException($"{name} is before 1601, the first year that tables store.");
    }

    private static int SizeOf(object value) => value switch
    {
        string text => 4 + 2 * text.Length,
        byte[] bytes => 4 + bytes.Length,
        BinaryData data => 4 + data.ToMemory().Length,
        Guid => 16,
        bool => 1,
        int => 4,
        _ => 8,
    };

    [GeneratedRegex(@"^[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}\p{Cf}]*$")]
    private static partial Regex NamePattern();
}
