// What the client throws on the real host, of packages that are not here: an app sees the same names, and can catch them by their base alone.
#pragma warning disable MA0048 // One idea in two namespaces.
namespace Grpc.Core
{
    /// <summary>The host refuses a call, for the reason in the message.</summary>
    internal sealed class RpcException(string message) : InvalidOperationException(message);
}

namespace DurableTask.Core.Exceptions
{
    /// <summary>An instance with the id of a new one has not ended.</summary>
    internal sealed class OrchestrationAlreadyExistsException(string instanceId) : InvalidOperationException($"An Orchestration instance with the ID {instanceId} already exists.");
}
