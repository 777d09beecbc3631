using System.Collections.Immutable;
using System.Text;
using AudienceSync.Connectors.Kit;
using AudienceSync.Values;

namespace AudienceSync.Fakes;

/// <summary>A query in memory: whatever is asked, these are its columns and its rows, in the order of their keys.</summary>
internal sealed class MemoryQuerySource(string type, FaultPoints? points = null) : IQuerySource
{
    private readonly FaultPoints _points = points ?? new();

    public string Type => type;

    public List<QueryColumn> Columns { get; } = [];

    /// <summary>Cells by column, of each row.</summary>
    public List<Row> Rows { get; } = [];

    /// <summary>What goes wrong when a row is come to, by its number from 1; the number behind the last is the end.</summary>
    public Func<long, DeliveryOutcome?> FaultAt { get; set; } = _ => null;

    /// <summary>What goes wrong when the query is prepared.</summary>
    public DeliveryOutcome? DescribeFault { get; set; }

    public List<QueryRequest> Requests { get; } = [];

    public int Described { get; private set; }

    public void AddColumn(string name, CellType cellType, bool isKey = false) => Columns.Add(new(name, cellType, cellType.ToString().ToLowerInvariant(), isKey));

    public Task<ImmutableArray<QueryColumn>> DescribeAsync(ConnectorSettings settings, string query, DateTimeOffset asOf, CancellationToken cancellationToken)
    {
        _points.Pass();
        Described++;
        return DescribeFault is { } fault ? throw new SourceFaultException(fault) : Task.FromResult<ImmutableArray<QueryColumn>>([.. Columns]);
    }

    public Task<IQueryRows> OpenAsync(ConnectorSettings settings, QueryRequest request, CancellationToken cancellationToken)
    {
        _points.Pass();
        Requests.Add(request);
        var rows = Rows.OrderBy(row => row[request.Key.Name].ToString(), StringComparer.Ordinal)
            .Where(row => request.Id is null || row[request.Key.Name].ToString() == request.Id)
            .Take(request.Limit ?? int.MaxValue);
        return Task.FromResult<IQueryRows>(new Reading(this, request, [.. rows]));
    }

    private sealed class Reading(MemoryQuerySource source, QueryRequest request, List<Row> rows) : IQueryRows
    {
        private byte[] _id = [];

        public long Number { get; private set; }

        public ReadOnlySpan<byte> Id => _id;

        public ValueTask<bool> NextAsync(CancellationToken cancellationToken)
        {
            source._points.Pass();
            if (source.FaultAt(Number + 1) is { } fault)
            {
                throw new SourceFaultException(fault);
            }

            if (Number == rows.Count)
            {
                return ValueTask.FromResult(false);
            }

            Number++;
            _id = Encoding.UTF8.GetBytes(rows[(int)Number - 1][request.Key.Name].ToString());
            return ValueTask.FromResult(true);
        }

        public bool HasValue(int column) => !CellOf(column).IsAbsent;

        public ReadOnlySpan<byte> Text(int column) => Encoding.UTF8.GetBytes(CellOf(column).AsText());

        public long Integer(int column) => CellOf(column) switch
        {
            { Type: CellType.Boolean } cell => cell.AsBoolean() ? 1 : 0,
            { Type: CellType.Date } cell => cell.AsDate().DayNumber,
            { Type: CellType.DateTime } cell => cell.AsDateTime().UtcTicks,
            var cell => cell.AsInteger(),
        };

        public decimal Decimal(int column) => CellOf(column).AsDecimal();

        public ImmutableArray<string> Texts(int column) => CellOf(column).AsTextList();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private Cell CellOf(int column) => rows[(int)Number - 1][request.Columns[column].Name];
    }
}
