using System.ComponentModel;
using System.Diagnostics;

namespace AudienceSync.Local;

/// <summary>Starts and ends programs of Node.js.</summary>
internal static class NodeProcess
{
    /// <exception cref="AzuriteException">The program is not installed.</exception>
    public static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new AzuriteException($"'{start.FileName}' could not be started: install Node.js 20 or later (https://nodejs.org), which npm comes with.", e);
        }
    }

    /// <summary>Ends the process and those it started, if it still runs.</summary>
    public static void Kill(Process process)
    {
        try
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It ended between the question and the call.
        }
    }
}
