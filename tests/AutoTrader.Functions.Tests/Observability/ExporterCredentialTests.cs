using AutoTrader.Functions.Observability;

namespace AutoTrader.Functions.Tests.Observability;

/// <summary>Where Azure Monitor takes nothing but an identity, measurements are sent by it: or they vanish without a word.</summary>
public sealed class ExporterCredentialTests
{
    [Theory]
    [InlineData("Authorization=AAD")]
    [InlineData("ClientId=00000000-0000-0000-0000-000000000003;Authorization=AAD")]
    [InlineData("authorization=aad;clientid=00000000-0000-0000-0000-000000000003;")]
    public void The_form_that_the_Functions_host_reads_means_the_identity(string setting) =>
        ObservabilityRegistration.Credential(setting).ShouldNotBeNull();

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    public void Without_it_the_connection_string_is_enough(string? setting) => ObservabilityRegistration.Credential(setting).ShouldBeNull();

    [Theory]
    [InlineData("ClientId=00000000-0000-0000-0000-000000000003")]
    [InlineData("Authorization=Key")]
    [InlineData("AAD")]
    public void Anything_else_stops_the_start_with_what_to_write(string setting) =>
        Should
            .Throw<InvalidOperationException>(() => ObservabilityRegistration.Credential(setting))
            .Message.ShouldContain("It must be Authorization=AAD");
}
