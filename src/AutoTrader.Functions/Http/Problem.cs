using AutoTrader.Core.Application;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace AutoTrader.Functions.Http;

/// <summary>Problem details (RFC 9457) with the error code for programs.</summary>
internal static class Problem
{
    private const string MediaType = "application/problem+json; charset=utf-8";

    public static ApiResult Of(RefusedException refused)
    {
        var status = StatusOf(refused.Kind);
        var problem = new ProblemView(ReasonPhrases.GetReasonPhrase(status), status, refused.Message, refused.Code)
        {
            Rule = refused.Rule,
            Errors = [.. refused.Fields.Select(field => new FieldProblemView(field.Field, field.Code, field.Message))],
        };
        var result = ApiResult.Of(problem, status, MediaType);
        return refused.Kind is Refusal.TooMany or Refusal.Unavailable ? result.With("Retry-After", "5") : result;
    }

    public static int StatusOf(Refusal kind) =>
        kind switch
        {
            Refusal.Invalid => StatusCodes.Status400BadRequest,
            Refusal.UnsupportedMediaType => StatusCodes.Status415UnsupportedMediaType,
            Refusal.TooLarge => StatusCodes.Status413PayloadTooLarge,
            Refusal.NotFound => StatusCodes.Status404NotFound,
            Refusal.Conflict => StatusCodes.Status409Conflict,
            Refusal.Stale => StatusCodes.Status412PreconditionFailed,
            Refusal.Unprocessable => StatusCodes.Status422UnprocessableEntity,
            Refusal.TooMany => StatusCodes.Status429TooManyRequests,
            Refusal.Unavailable => StatusCodes.Status503ServiceUnavailable,
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "A refusal without a status."),
        };

    /// <summary>The response to an internal error: it reveals no details.</summary>
    public static ApiResult Unexpected(string invocationId)
    {
        const int Fault = StatusCodes.Status500InternalServerError;
        return ApiResult.Of(
            new ProblemView(
                ReasonPhrases.GetReasonPhrase(Fault),
                Fault,
                $"An internal error occurred; find it in the log as {invocationId}.",
                ErrorCodes.Unexpected
            ),
            Fault,
            MediaType
        );
    }
}
