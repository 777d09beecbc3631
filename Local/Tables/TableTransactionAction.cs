#nullable disable // as in the real package

namespace Azure.Data.Tables;

/// <summary>One action of a transaction.</summary>
/// <remarks>As in the real package an update without an ETag carries no condition, which makes it an upsert; a delete without one is unconditional.</remarks>
public partial class TableTransactionAction(TableTransactionActionType actionType, ITableEntity entity, ETag etag = default)
{
    public TableTransactionAction(TableTransactionActionType actionType, ITableEntity entity) : this(actionType, entity, default)
    {
    }

    public TableTransactionActionType ActionType { get; } = actionType;

    public ITableEntity Entity { get; } = entity;

    public ETag ETag { get; } = etag;
}
