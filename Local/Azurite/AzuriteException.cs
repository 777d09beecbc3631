namespace AudienceSync.Local;

/// <summary>Azurite could not be installed or started; the message says why and what to do.</summary>
public sealed class AzuriteException(string message, Exception? innerException = null) : Exception(message, innerException);
