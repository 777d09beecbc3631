using AudienceSync.Faults;

namespace AudienceSync.Access;

/// <summary>Who may call one function. Nobody, unless it says so.</summary>
/// <param name="Roles">Each of them opens it; empty for nobody, unless it is anonymous.</param>
public sealed record AccessRule(bool IsAnonymous, IReadOnlyList<Role> Roles)
{
    /// <summary>What a function that names neither roles nor <see cref="AnonymousAttribute"/> gets: closed.</summary>
    public static AccessRule Closed { get; } = new(IsAnonymous: false, []);

    /// <returns>Null when the caller may, else 403.</returns>
    public Refusal? Check(Caller caller)
    {
        if (Roles.Any(caller.Is))
        {
            return null;
        }

        var may = Enum.GetValues<Role>().Where(role => Roles.Any(wanted => role.Includes(wanted))).Select(role => role.Word).ToList();
        return new(
            RefusalKind.Forbidden, "role_too_low", "Your role does not allow this",
            may.Count == 0 ? "Nobody may call this function." : $"Your role is {caller.Role.Word}. This takes {string.Join(" or ", may)}.");
    }
}
