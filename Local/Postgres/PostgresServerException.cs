namespace AudienceSync.Local;

/// <summary>A PostgreSQL server could not be started; the message says why and what to do.</summary>
public sealed class PostgresServerException(string message, Exception? innerException = null) : Exception(message, innerException);
