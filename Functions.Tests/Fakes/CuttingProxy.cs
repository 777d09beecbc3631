using System.Net;
using System.Net.Sockets;

namespace AudienceSync.Fakes;

/// <summary>Stands between a client and a server on loopback, and cuts each connection once so many bytes came from the server; negative cuts none.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ended = new();
    private readonly int _port;
    private readonly Task _accepting;

    private CuttingProxy(int port)
    {
        _port = port;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Bytes of the server that are let through on each connection.</summary>
    public long CutAfter { get; set; } = -1;

    /// <param name="port">Of the server.</param>
    public static CuttingProxy Start(int port) => new(port);

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        _listener.Stop();
        await _accepting;
        _ended.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_ended.Token));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient())
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _port, _ended.Token);
                await Task.WhenAny(CopyAsync(client.GetStream(), server.GetStream(), -1), CopyAsync(server.GetStream(), client.GetStream(), CutAfter));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or IOException)
            {
                // One side ended.
            }
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to, long most)
    {
        var buffer = new byte[8 * 1024];
        for (var copied = 0L; most < 0 || copied < most;)
        {
            var room = most < 0 ? buffer.Length : (int)Math.Min(buffer.Length, most - copied);
            var read = await from.ReadAsync(buffer.AsMemory(0, room), _ended.Token);
            if (read == 0)
            {
                return;
            }

            await to.WriteAsync(buffer.AsMemory(0, read), _ended.Token);
            copied += read;
        }
    }
}
