namespace AudienceSync.Connectors.Kit;

public sealed class StandardWebhooksTests
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeSeconds(1614265330);

    /// <summary>The example of the specification and of every library of it.</summary>
    [Theory]
    [InlineData(Secret)]
    [InlineData("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    public void Sign_TheSpecificationsExample_IsItsSignature(string secret) =>
        StandardWebhooks.Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", At, """{"test": 2432232314}"""u8, secret)
            .ShouldBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");

    [Fact]
    public void Sign_TwoSecrets_GivesBothSignatures()
    {
        var other = $"whsec_{Convert.ToBase64String(new byte[32])}";

        var both = StandardWebhooks.Sign("msg_1", At, "{}"u8, Secret, other).Split(' ');

        both.ShouldBe([StandardWebhooks.Sign("msg_1", At, "{}"u8, Secret), StandardWebhooks.Sign("msg_1", At, "{}"u8, other)]);
        both[0].ShouldNotBe(both[1]);
    }

    [Theory]
    [InlineData(23, false)]
    [InlineData(24, true)]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void KeyOf_Length_MustBe24To64Bytes(int length, bool good) =>
        (StandardWebhooks.KeyOf($"whsec_{Convert.ToBase64String(new byte[length])}") is not null).ShouldBe(good);

    [Fact]
    public void KeyOf_NoBase64_IsNull() => StandardWebhooks.KeyOf("whsec_!!!").ShouldBeNull();
}
