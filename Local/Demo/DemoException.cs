namespace AudienceSync.Local.Demo;

/// <summary>The demo cannot go on; the message says why, for a person.</summary>
public sealed class DemoException(string message, Exception? inner = null) : Exception(message, inner);
