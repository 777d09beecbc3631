using AudienceSync.Fakes;
using Moq;

namespace AudienceSync.Access;

public sealed class InstallationKeysTests
{
    [Fact]
    public async Task Derive_TwoInstances_AgreeAndLabelsDiffer()
    {
        var store = new MemoryInstallationKeyStore();
        var (first, second) = (new InstallationKeys(store), new InstallationKeys(store));
        await first.LoadAsync(CancellationToken.None);
        await second.LoadAsync(CancellationToken.None);

        second.Derive("a", 32).ShouldBe(first.Derive("a", 32));
        first.Derive("b", 32).ShouldNotBe(first.Derive("a", 32));
        first.Derive("a", 16).Length.ShouldBe(16);
    }

    [Fact]
    public async Task Derive_TwoInstallations_Differ()
    {
        var (first, second) = (new InstallationKeys(new MemoryInstallationKeyStore()), new InstallationKeys(new MemoryInstallationKeyStore()));
        await first.LoadAsync(CancellationToken.None);
        await second.LoadAsync(CancellationToken.None);

        second.Derive("a", 32).ShouldNotBe(first.Derive("a", 32));
    }

    [Fact]
    public void Derive_NotLoaded_SaysSo() =>
        Should.Throw<InvalidOperationException>(() => new InstallationKeys(new MemoryInstallationKeyStore()).Derive("cursors", 32)).Message.ShouldContain("not loaded yet, but 'cursors'");

    [Fact]
    public async Task Load_DamagedRoot_Fails()
    {
        var store = new Mock<IInstallationKeyStore>();
        store.Setup(each => each.GetOrAddAsync(It.IsAny<byte[]>(), It.IsAny<CancellationToken>())).ReturnsAsync([1, 2, 3]);

        (await Should.ThrowAsync<InvalidOperationException>(() => new InstallationKeys(store.Object).LoadAsync(CancellationToken.None))).Message.ShouldContain("3 bytes");
    }
}
