using System.Text;
using AudienceSync.Benchmarks.Sample;
using AudienceSync.Pages;
using AudienceSync.Values;

namespace AudienceSync.Benchmarks.Ours;

/// <summary>Members of the sample as rows of pages.</summary>
internal static class MemberRows
{
    public const string Email = "email";
    public const string Phone = "phone";
    public const string FirstName = "firstName";
    public const string LastName = "lastName";
    public const string Amount = "amount";
    public const string Day = "day";

    public static Row ToRow(in Member member) => new()
    {
        [MergeJoin.IdColumn] = Cell.Of(Encoding.UTF8.GetString(member.Id)),
        [Email] = Cell.Of(Encoding.UTF8.GetString(member.Email)),
        [Phone] = Cell.Of(Encoding.UTF8.GetString(member.Phone)),
        [FirstName] = Cell.Of(Encoding.UTF8.GetString(member.FirstName)),
        [LastName] = Cell.Of(Encoding.UTF8.GetString(member.LastName)),
        [Amount] = Cell.Of(member.Cents / 100m),
        [Day] = Cell.Of(DateOnly.FromDayNumber(member.Day)),
    };
}
