namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary>The host's own clock. It is apart from the app's <see cref="TimeProvider"/>: an app whose clock a test moves by hand still polls.</summary>
internal sealed record HostClock(TimeProvider Time);
