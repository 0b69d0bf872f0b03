using System.Text.Json;
using AutoTrader.LocalHost.Azurite;
using AutoTrader.LocalHost.Functions;
using Azure;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace AutoTrader.LocalHost.Hosting;

/// <summary>
/// A problem with the machine or the settings ends the start of a process with a sentence on stderr and the exit code 1. Any other
/// exception is a bug and keeps its stack trace.
/// </summary>
internal static class StartFailures
{
    /// <summary>The sentence; null for an unexpected failure.</summary>
    public static string? Sentence(Exception failure) =>
        failure switch
        {
            AggregateException { InnerExceptions: [var first, ..] } => Sentence(first),
            IOException { InnerException: AddressInUseException } =>
                $"The app does not start: {failure.Message.TrimEnd('.')}. Stop the program that uses it, or set LocalHost__Port to another "
                    + "port.",
            RequestFailedException =>
                $"The app does not start: storage does not respond as expected: {failure.Message.Split('\n')[0].Trim()}",
            AzuriteException
            or FunctionIndexingException
            or InvalidOperationException
            or FormatException
            or InvalidDataException
            or JsonException
            or OptionsValidationException
            or IOException
            or UnauthorizedAccessException
            or HttpRequestException => $"The app does not start: {failure.Message.ReplaceLineEndings(" ")}",
            _ => null,
        };
}
