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

        Span<int> ends = stackalloc int[Texts.Length + 1];
        for (var i = 0; i < Texts.Length; i++)
        {
            ends[i + 1] = ends[i] + _texts[i].CopyText(row.Index, buffer[ends[i]..]);
        }

        return new()
        {
            Id = buffer[..ends[1]],
            Email = buffer[ends[1]..ends[2]],
            Phone = buffer[ends[2]..ends[3]],
            FirstName = buffer[ends[3]..ends[4]],
            LastName = buffer[ends[4]..ends[5]],
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
}
