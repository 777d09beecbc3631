using AudienceSync.Connectors.Kit;
using AudienceSync.Connectors.Kit.Files;

namespace AudienceSync.Connectors.AmazonS3;

/// <summary>Credentials of a role, for an hour: fetched with those of the connection and kept as its access token.</summary>
/// <remarks>docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html (2011-06-15, read 2026-08).</remarks>
internal static class AssumedRole
{
    private const int Seconds = 3600;

    /// <summary>Between the three parts of the credentials: no part holds one.</summary>
    private const char Divider = '\n';

    /// <remarks>S3 refuses a session that ended with 400, and one that was withdrawn with 403.</remarks>
    public static TokenSource Source { get; } = new()
    {
        BuildRequest = Request,
        ReadResponse = Read,
        Authorize = Sign,
        Refuses = static response => response.Status is 401 or 400 or 403 && ObjectStoreErrors.CodeOf(response) is "ExpiredToken" or "InvalidToken",
    };

    /// <summary>The credentials to sign with: the role's, or the connection's own.</summary>
    public static SigningKey KeyOf(SigningContext context) => context.Token?.Split(Divider) is [var id, var secret, var session] ? new(id, secret, session) : OwnKey(context.Settings);

    private static SigningKey OwnKey(ConnectorSettings settings) => new(
        AmazonS3Settings.AccessKeyId.In(settings),
        AmazonS3Settings.SecretAccessKey.In(settings),
        AmazonS3Settings.SessionToken.IsSetIn(settings) ? AmazonS3Settings.SessionToken.In(settings) : null);

    private static HttpRequestMessage? Request(ConnectorSettings settings)
    {
        if (!AmazonS3Settings.RoleArn.IsSetIn(settings))
        {
            return null;
        }

        var region = AmazonS3Settings.Region.In(settings);
        var form = new Dictionary<string, string>
        {
            ["Action"] = "AssumeRole",
            ["Version"] = "2011-06-15",
            ["RoleArn"] = AmazonS3Settings.RoleArn.In(settings),
            ["RoleSessionName"] = "audiencesync",
            ["DurationSeconds"] = $"{Seconds}",
        };
        if (AmazonS3Settings.ExternalId.IsSetIn(settings))
        {
            form["ExternalId"] = AmazonS3Settings.ExternalId.In(settings);
        }

        var domain = region.StartsWith("cn-", StringComparison.Ordinal) ? "amazonaws.com.cn" : "amazonaws.com";
        return new(HttpMethod.Post, $"https://sts.{region}.{domain}/") { Content = new FormUrlEncodedContent(form) };
    }

    private static void Sign(SigningContext context) => SigV4.Sts.Sign(
        context.Request, context.Body.Span, OwnKey(context.Settings), AmazonS3Settings.Region.In(context.Settings), context.Now);

    private static AccessToken? Read(ConnectorResponse response)
    {
        var text = response.Text;
        string?[] parts = [Member(text, "AccessKeyId"), Member(text, "SecretAccessKey"), Member(text, "SessionToken")];
        return parts.Contains(null) ? null : new(string.Join(Divider, parts), TimeSpan.FromSeconds(Seconds));
    }

    private static string? Member(string xml, string name)
    {
        var start = xml.IndexOf($"<{name}>", StringComparison.Ordinal) + name.Length + 2;
        var end = xml.IndexOf($"</{name}>", StringComparison.Ordinal);
        return start > name.Length + 1 && end > start ? xml[start..end] : null;
    }
}
