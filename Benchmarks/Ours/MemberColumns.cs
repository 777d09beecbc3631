using AudienceSync.Benchmarks.Sample;
using AudienceSync.Pages;

namespace AudienceSync.Benchmarks.Ours;

/// <summary>Reads members from pages, as bytes; finds the columns of a page once.</summary>
internal sealed class MemberColumns
{
    private static readonly string[] Texts = [MergeJoin.IdColumn, MemberRows.Email, MemberRows.Phone, MemberRows.FirstName, MemberRows.LastName];

    private readonly ColumnReader[] _texts = new ColumnReader[Texts.Length];
    private PageReader? _page;
    private ColumnReader? _amount;
    private ColumnReader? _day;

    /// <param name="buffer">Takes the texts.</param>
    public Member Read(RowRef row, Span<byte> buffer)
    {
        if (_page != row.Page)
        {
            Open(row.Page);
        }

        return new()
        {
            Id = Take(0, row.Index, ref buffer),
            Email = Take(1, row.Index, ref buffer),
            Phone = Take(2, row.Index, ref buffer),
            FirstName = Take(3, row.Index, ref buffer),
            LastName = Take(4, row.Index, ref buffer),
            Cents = (long)(_amount!.DecimalAt(row.Index) * 100),
            Day = (int)_day!.IntegerAt(row.Index),
        };
    }

    private void Open(PageReader page)
    {
        for (var i = 0; i < Texts.Length; i++)
        {
            _texts[i] = page.Find(Texts[i])!;
        }

        (_amount, _day, _page) = (page.Find(MemberRows.Amount), page.Find(MemberRows.Day), page);
    }

    private ReadOnlySpan<byte> Take(int column, int row, ref Span<byte> buffer)
    {
        var length = _texts[column].CopyText(row, buffer);
        var text = buffer[..length];
        buffer = buffer[length..];
        return text;
    }
}
