using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AudienceSync.Benchmarks.Processes;

/// <summary>Runs other programs, to their end.</summary>
internal static class ChildProcess
{
    private const int LinesShown = 20;

    /// <returns>What it wrote to standard output.</returns>
    /// <exception cref="BenchmarkException">It is not installed, or ended with another code than 0.</exception>
    public static async Task<string> RunAsync(ProcessStartInfo start, CancellationToken cancellationToken)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        using var process = Start(start);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(cancellationToken), process.StandardError.ReadToEndAsync(cancellationToken));
        try
        {
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0
                ? await output
                : throw new BenchmarkException($"{start.FileName} ended with {process.ExitCode}:\n{Tail(await errors)}{Tail(await output)}");
        }
        finally
        {
            Kill(process);
        }
    }

    /// <returns>The JSON object on the last line of its standard output.</returns>
    /// <exception cref="BenchmarkException">As <see cref="RunAsync"/>, or there is no such line.</exception>
    public static async Task<JsonObject> RunForJsonAsync(ProcessStartInfo start, CancellationToken cancellationToken)
    {
        var output = await RunAsync(start, cancellationToken);
        try
        {
            return JsonNode.Parse(output.AsSpan().TrimEnd()[(output.AsSpan().TrimEnd().LastIndexOf('\n') + 1)..].ToString())!.AsObject();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or NullReferenceException)
        {
            throw new BenchmarkException($"{start.FileName} printed no JSON object at its end:\n{Tail(output)}", exception);
        }
    }

    /// <exception cref="BenchmarkException">It is not installed.</exception>
    public static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new BenchmarkException($"'{start.FileName}' could not be started: {exception.Message}", exception);
        }
    }

    /// <summary>Ends a process and those it started, if it still runs.</summary>
    public static void Kill(Process process)
    {
        try
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
        catch (InvalidOperationException)
        {
            // It ended between the question and the call.
        }
    }

    private static string Tail(string text) => string.Concat(text.Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(LinesShown).Select(line => $"{line}\n"));
}
