using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace AudienceSync.Local.Demo;

/// <summary>Cancelled by Ctrl+C, SIGTERM, SIGHUP, and by the end of the <c>dotnet run</c> that started this process.</summary>
internal sealed class StopSignal : IDisposable
{
    private static readonly TimeSpan ParentPollInterval = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _signals;

    public StopSignal()
    {
        _signals = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, Stop))];
        if (DotnetParent() is { } parent)
        {
            _ = StopWithAsync(parent);
        }
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (var signal in _signals)
        {
            signal.Dispose();
        }
    }

    /// <summary>Handled here: the process ends by itself once everything it started has ended.</summary>
    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        _source.Cancel();
    }

    /// <summary><c>dotnet run</c> passes SIGTERM on, but a SIGKILL of it would leave us, and our port taken, behind.</summary>
    private async Task StopWithAsync(int parent)
    {
        using var timer = new PeriodicTimer(ParentPollInterval);
        while (ParentId() == parent)
        {
            await timer.WaitForNextTickAsync();
        }

        await _source.CancelAsync();
    }

    /// <summary>The parent's id where it is <c>dotnet</c>; null elsewhere, where a parent may end without meaning us, as a shell may.</summary>
    private static int? DotnetParent()
    {
        try
        {
            return ParentId() is { } id && Process.GetProcessById(id).ProcessName is "dotnet" ? id : null;
        }
        catch (ArgumentException)
        {
            return null; // ended meanwhile
        }
    }

    /// <summary>Null where <c>/proc</c> does not tell: on other systems than Linux.</summary>
    private static int? ParentId()
    {
        const string file = "/proc/self/stat";
        if (!File.Exists(file))
        {
            return null;
        }

        // pid (name) state ppid …; the name may hold blanks and brackets, so the fields begin behind its last bracket.
        var text = File.ReadAllText(file);
        return int.Parse(text[(text.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
