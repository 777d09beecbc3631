namespace AudienceSync.Pages.Columns;

/// <summary>Texts of one shape, <c>head digits tail</c>: ids, phone numbers. Head and tail once, the digits as packed numbers.</summary>
/// <remarks>Stored as: number of digits, 0 when they vary and have no leading zeros (1 byte) · lengths of head and tail (4 bytes each) · head · tail · packed numbers.</remarks>
internal sealed class NumberedTexts : StoredTexts
{
    private readonly int _digits;
    private readonly ReadOnlyMemory<byte> _head;
    private readonly ReadOnlyMemory<byte> _tail;
    private readonly PackedIntegers _numbers;

    public NumberedTexts(ref ColumnBytes bytes, int count)
        : base(bytes.Place)
    {
        _digits = bytes.ReadByte();
        if (_digits > DigitText.MaxDigits)
        {
            throw bytes.Damage("numbers with too many digits");
        }

        var (head, tail) = (bytes.ReadCount(max: bytes.Remaining), bytes.ReadCount(max: bytes.Remaining));
        _head = bytes.Take(head);
        _tail = bytes.Take(tail);
        _numbers = PackedIntegers.Read(ref bytes, count);
    }

    public override int MostBytes => _head.Length + (_digits == 0 ? DigitText.MaxDigits : _digits) + _tail.Length;

    public static int SizeOf(TextNumbers texts) =>
        1 + (2 * sizeof(int)) + texts.Head.Length + texts.Tail.Length + PackedIntegers.SizeOf(texts.Numbers);

    public static void Write(ByteSink sink, TextNumbers texts)
    {
        sink.WriteByte((byte)texts.Digits);
        sink.WriteInt32(texts.Head.Length);
        sink.WriteInt32(texts.Tail.Length);
        sink.Write(texts.Head);
        sink.Write(texts.Tail);
        PackedIntegers.Write(sink, texts.Numbers);
    }

    public override ReadOnlySpan<byte> Bytes(int index) => PutTogether(index);

    public override int CopyTo(int index, Span<byte> target)
    {
        var number = _numbers[index];
        if (number < 0)
        {
            throw Place.Damage("a number below zero");
        }

        var digits = _digits == 0 ? DigitText.Count((ulong)number) : _digits;
        _head.Span.CopyTo(target);
        _tail.Span.CopyTo(target[(_head.Length + digits)..]);
        return DigitText.TryWrite((ulong)number, target.Slice(_head.Length, digits))
            ? _head.Length + digits + _tail.Length
            : throw Place.Damage("a number of too many digits");
    }

    public override bool IsSame(int index, StoredTexts other, int otherIndex) => other is NumberedTexts numbered && HasShapeOf(numbered)
        ? _numbers[index] == numbered._numbers[otherIndex]
        : base.IsSame(index, other, otherIndex);

    private bool HasShapeOf(NumberedTexts other) =>
        _digits == other._digits && _head.Span.SequenceEqual(other._head.Span) && _tail.Span.SequenceEqual(other._tail.Span);
}
