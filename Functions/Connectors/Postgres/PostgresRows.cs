using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using AudienceSync.Connectors.Kit;
using AudienceSync.Values;
using Npgsql;

namespace AudienceSync.Connectors.Postgres;

/// <summary>The rows of a query, read from the bytes that the server sends: big-endian numbers, UTF-8 (PostgreSQL 18 documentation, 54.7, and its sources of the types' send functions).</summary>
internal sealed class PostgresRows(NpgsqlConnection connection, NpgsqlBatch batch, NpgsqlDataReader reader, QueryRequest request, ConnectorSettings settings) : IQueryRows
{
    private const long MicrosecondTicks = 10;

    private static readonly DateTime Epoch = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc); // of the server's dates and moments

    private readonly byte[] _id = new byte[(ColumnTypes.MaxIdLength + 1) * 4];
    private byte[] _buffer = new byte[16 * 1024];
    private int _idLength;
    private bool _isAtEnd;

    public long Number { get; private set; }

    public ReadOnlySpan<byte> Id => _id.AsSpan(0, _idLength);

    public async ValueTask<bool> NextAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (!await reader.ReadAsync(cancellationToken))
            {
                _isAtEnd = true;
                return false;
            }
        }
        catch (Exception e) when (QueryErrors.Read(e, settings, cancellationToken) is { } outcome)
        {
            _isAtEnd = true;
            throw new SourceFaultException(outcome);
        }

        Number++;
        ReadId();
        return true;
    }

    public bool HasValue(int column) => !reader.IsDBNull(column + 1);

    public ReadOnlySpan<byte> Text(int column)
    {
        var text = Bytes(column + 1);
        return text.Length <= ColumnTypes.MaxTextBytes ? text : throw Fault(column, "text_too_long", $"a text longer than {ColumnTypes.MaxTextBytes} bytes");
    }

    public long Integer(int column)
    {
        var bytes = Bytes(column + 1);
        return request.Columns[column].Type switch
        {
            CellType.Boolean => bytes[0],
            CellType.Date => Day(column, BinaryPrimitives.ReadInt32BigEndian(bytes)),
            CellType.DateTime => Moment(column, BinaryPrimitives.ReadInt64BigEndian(bytes)),
            _ => BinaryPrimitives.ReadInt64BigEndian(bytes),
        };
    }

    public decimal Decimal(int column) => decimal.TryParse(Bytes(column + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw Fault(column, "number_out_of_range", "a number beyond 28 digits, infinity, or NaN");

    public ImmutableArray<string> Texts(int column)
    {
        var bytes = Bytes(column + 1);
        var texts = ImmutableArray.CreateBuilder<string>();
        try
        {
            var json = new Utf8JsonReader(bytes);
            json.Read();
            while (json.Read() && json.TokenType is not JsonTokenType.EndArray)
            {
                if (json.TokenType is JsonTokenType.StartArray)
                {
                    throw Fault(column, "wrong_type", "a list of lists");
                }

                if (json.TokenType is JsonTokenType.String)
                {
                    texts.Add(json.GetString()!); // an item that is null is none
                }
            }
        }
        catch (JsonException)
        {
            throw Fault(column, "list_too_long", $"a list longer than {ColumnTypes.MaxListLength} characters");
        }

        return texts.ToImmutable();
    }

    /// <summary>A query that was not read to its end is stopped, rather than read to nobody.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!_isAtEnd)
            {
                batch.Cancel();
            }

            await reader.DisposeAsync();
        }
        catch (NpgsqlException)
        {
            // It was stopped.
        }
        finally
        {
            await batch.DisposeAsync();
            await connection.DisposeAsync();
        }
    }

    private void ReadId()
    {
        _idLength = 0;
        if (reader.IsDBNull(0))
        {
            return;
        }

        var id = Bytes(0);
        if (request.Key.Type is CellType.Decimal)
        {
            id = WholeNumber(id);
        }

        id.CopyTo(_id);
        _idLength = id.Length;
    }

    /// <summary>42.00 is the member 42.</summary>
    private ReadOnlySpan<byte> WholeNumber(ReadOnlySpan<byte> number)
    {
        var point = number.IndexOf((byte)'.');
        var whole = point < 0 ? number : number[..point];
        return (point < 0 || !number[(point + 1)..].ContainsAnyExcept((byte)'0')) && whole.TrimStart((byte)'-') is { IsEmpty: false } digits && !digits.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            ? whole
            : throw Fault(request.Key.Name, "invalid_key", "a number that is not whole");
    }

    private long Day(int column, int days)
    {
        var day = DateOnly.FromDateTime(Epoch).DayNumber + (long)days;
        return day >= DateOnly.MinValue.DayNumber && day <= DateOnly.MaxValue.DayNumber ? day : throw Fault(column, "date_out_of_range", "a day before the year 1, after 9999, or infinity");
    }

    private long Moment(int column, long microseconds)
    {
        const string what = "a moment before the year 1, after 9999, or infinity";
        var ticks = (Int128)Epoch.Ticks + ((Int128)microseconds * MicrosecondTicks);
        return ticks >= DateTime.MinValue.Ticks && ticks <= DateTime.MaxValue.Ticks ? (long)ticks : throw Fault(column, "date_out_of_range", what);
    }

    private ReadOnlySpan<byte> Bytes(int ordinal)
    {
        var length = (int)reader.GetBytes(ordinal, 0, null, 0, 0);
        if (length > _buffer.Length)
        {
            _buffer = new byte[(int)BitOperations.RoundUpToPowerOf2((uint)length)];
        }

        reader.GetBytes(ordinal, 0, _buffer, 0, length);
        return _buffer.AsSpan(0, length);
    }

    private SourceFaultException Fault(int column, string code, string what) => Fault(request.Columns[column].Name, code, what);

    private SourceFaultException Fault(string column, string code, string what) =>
        new(new DeliveryOutcome.Misconfigured(code, string.Create(CultureInfo.InvariantCulture, $"Row {Number} of the query has {what} in its column '{column}'.")));
}
