using AutoTrader.LocalHost.Azurite;
using AutoTrader.Testing;

namespace AutoTrader.LocalHost.Tests;

public sealed class NpmToolTests
{
    [Fact]
    public void A_clone_keeps_its_data_in_its_own_folder() =>
        NpmTool.Find(NpmTool.Azurite).DataFolder.ShouldBe(Path.Combine(Repository.Top, ".azurite"));

    [Fact]
    public void An_installed_program_keeps_its_data_where_an_update_leaves_it()
    {
        var program = Directory.CreateTempSubdirectory("program-");
        try
        {
            var tool = program.CreateSubdirectory(Path.Combine("tools", NpmTool.Azurite)).FullName;
            File.WriteAllText(Path.Combine(tool, "package-lock.json"), "{}");
            var data = NpmTool.Find(program.FullName, NpmTool.Azurite)!.DataFolder;
            data.ShouldBe(
                Path.Combine(
                    Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
                    "autotrader",
                    "azurite"
                )
            );
            data.ShouldNotStartWith(program.FullName);
        }
        finally
        {
            program.Delete(recursive: true);
        }
    }
}
