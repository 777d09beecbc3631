using AudienceSync.Http;
using AudienceSync.Profiles;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace AudienceSync.Triggers;

/// <summary>Says on a request whom its answer shows, for the day that they are erased: see <see cref="AnswerSubjects"/>.</summary>
internal static class AnswerPeople
{
    extension(HttpRequest request)
    {
        public void AnswersAbout(string profileId)
        {
            if (request.HttpContext.RequestServices?.GetService<PersonHashes>() is { } hashes)
            {
                AnswerSubjects.Add(request.HttpContext, hashes.Of(profileId));
            }
        }

        public void AnswersAboutMany() => AnswerSubjects.AddMany(request.HttpContext);
    }
}
