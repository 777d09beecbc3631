namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary>The host cannot start: the message names the file, setting or function, and the mend.</summary>
internal sealed class FunctionsHostException(string message, Exception? innerException = null) : Exception(message, innerException);
