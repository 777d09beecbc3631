using System.Collections.Immutable;
using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

internal sealed class TextListValues : ColumnValues
{
    private readonly int[] _ends;
    private readonly StoredTexts _items;

    public TextListValues(ref ColumnBytes bytes, int count)
    {
        var counts = PackedIntegers.Read(ref bytes, count);
        var items = bytes.ReadCount(max: PackedPage.MaxBytes);
        _ends = PackedSlices.SumUp(counts, count, items, ref bytes);
        _items = StoredTexts.Read(ref bytes, items);
    }

    public override Cell this[int index]
    {
        get
        {
            var start = index == 0 ? 0 : _ends[index - 1];
            var texts = ImmutableArray.CreateBuilder<string>(_ends[index] - start);
            for (var i = start; i < _ends[index]; i++)
            {
                texts.Add(_items[i]);
            }

            return Cell.Of(texts.MoveToImmutable());
        }
    }
}
