using AudienceSync.Benchmarks.Sample;
using AudienceSync.Pages;

namespace AudienceSync.Benchmarks.Ours;

/// <summary>Reads members from pages, as bytes; finds the columns of a page once.</summary>
internal sealed class MemberColumns
{
    private readonly Dictionary<PageReader, Columns> _known = [];
    private Columns? _last;

    /// <summary>Forgets the pages: they may be gone.</summary>
    public void Clear()
    {
        _known.Clear();
        _last = null;
    }

    /// <param name="buffer">Takes the texts.</param>
    public Member Read(RowRef row, Span<byte> buffer)
    {
        if (_last?.Page != row.Page && !_known.TryGetValue(row.Page, out _last))
        {
            _known[row.Page] = _last = new(row.Page);
        }

        return _last!.Read(row.Index, buffer);
    }

    private sealed class Columns(PageReader page)
    {
        private readonly ColumnReader _id = page.Find(MergeJoin.IdColumn)!;
        private readonly ColumnReader _email = page.Find(MemberRows.Email)!;
        private readonly ColumnReader _phone = page.Find(MemberRows.Phone)!;
        private readonly ColumnReader _firstName = page.Find(MemberRows.FirstName)!;
        private readonly ColumnReader _lastName = page.Find(MemberRows.LastName)!;
        private readonly ColumnReader _amount = page.Find(MemberRows.Amount)!;
        private readonly ColumnReader _day = page.Find(MemberRows.Day)!;

        public PageReader Page => page;

        public Member Read(int row, Span<byte> buffer)
        {
            var email = _id.CopyText(row, buffer);
            var phone = email + _email.CopyText(row, buffer[email..]);
            var firstName = phone + _phone.CopyText(row, buffer[phone..]);
            var lastName = firstName + _firstName.CopyText(row, buffer[firstName..]);
            var end = lastName + _lastName.CopyText(row, buffer[lastName..]);
            return new()
            {
                Id = buffer[..email],
                Email = buffer[email..phone],
                Phone = buffer[phone..firstName],
                FirstName = buffer[firstName..lastName],
                LastName = buffer[lastName..end],
                Cents = (long)(_amount.DecimalAt(row) * 100),
                Day = (int)_day.IntegerAt(row),
            };
        }
    }
}
