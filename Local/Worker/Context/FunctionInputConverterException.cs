namespace Microsoft.Azure.Functions.Worker;

/// <summary>A value of the trigger does not fit the function's parameter. The invocation fails.</summary>
public class FunctionInputConverterException(string message, Exception? innerException = null) : Exception(message, innerException);
