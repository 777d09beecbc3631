namespace AudienceSync.Benchmarks;

/// <summary>A measurement cannot go on, or its result is wrong; the message says why, for a person.</summary>
internal sealed class BenchmarkException(string message, Exception? inner = null) : Exception(message, inner);
