using AudienceSync.Benchmarks.Sample;

namespace AudienceSync.Benchmarks.Pipeline;

/// <summary>Members as CSV files for the import API, as many as its limit of a file asks for. A column <c>status</c> says who is a member.</summary>
internal sealed class ImportFiles(string folder, string name) : IMemberSink, IDeltaSink, IDisposable
{
    public const string Active = "active";
    public const string Left = "left";

    /// <summary>The app takes 28,000,000 bytes a file.</summary>
    private const int MaxBytes = 27_000_000;
    private const int BufferBytes = 1 << 20;

    private readonly List<string> _paths = [];
    private readonly byte[] _line = new byte[MemberText.MaxBytes];
    private FileStream? _file;

    public IReadOnlyList<string> Paths => _paths;

    public void Take(in Member member) => Write(member, ",active\n"u8);

    public void Take(DeltaKind kind, in Member member) => Write(member, kind is DeltaKind.Exited ? ",left\n"u8 : ",active\n"u8);

    public void Dispose() => _file?.Dispose();

    private void Write(in Member member, ReadOnlySpan<byte> status)
    {
        if (_file is null || _file.Position > MaxBytes)
        {
            _file?.Dispose();
            _paths.Add(Path.Combine(folder, $"{name}-{_paths.Count}.csv"));
            _file = new(_paths[^1], FileMode.Create, FileAccess.Write, FileShare.None, BufferBytes);
            _file.Write("id,email,phone,first_name,last_name,amount,day,status\n"u8);
        }

        _file.Write(_line.AsSpan(0, MemberText.Write(member, _line)));
        _file.Write(status);
    }
}
