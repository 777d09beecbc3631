namespace AudienceSync.Access;

/// <summary>The audit trail: appended to, never changed.</summary>
public interface IAuditLog
{
    Task AppendAsync(AuditEvent auditEvent, CancellationToken cancellationToken);

    /// <summary>The newest first.</summary>
    /// <param name="limit">Most events to answer with.</param>
    /// <param name="after">Id of the last event before this page; null for the first page.</param>
    Task<IReadOnlyList<AuditEvent>> ListAsync(int limit, string? after, CancellationToken cancellationToken);
}
