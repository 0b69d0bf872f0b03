using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.CompilerServices;
using AutoTrader.Functions.Hosting;
using AutoTrader.LocalRuntime.Hosting;
using AutoTrader.LocalRuntime.Tests.Contracts;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Functions.Tests.RealHost;

/// <summary>DESIGN section 3: the app, compiled here, holds nothing that the real packages do not have or the real host does not find.</summary>
public sealed class RealHostTests
{
    private static readonly Assembly App = typeof(Composition).Assembly;

    private static readonly List<MethodInfo> Functions =
    [
        .. App.GetTypes().SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(method => method.IsDefined(typeof(FunctionAttribute))),
    ];

    [Fact]
    public void Every_member_that_the_app_uses_of_the_local_runtime_is_one_of_the_real_packages()
    {
        var real = SignatureList.Read().SelectMany(types => types).ToLookup(type => type.Name.Split('<')[0], StringComparer.Ordinal);
        var used = Used();
        used.Select(it => it.Type).Distinct(StringComparer.Ordinal).Count().ShouldBeGreaterThan(20);
        used.Where(it => !real[it.Type].Any(type => it.Member is null || type.Members.Any(member => member.Name == it.Member)
            || type.Header.Contains(" enum ", StringComparison.Ordinal) || type.Header.Contains(" delegate ", StringComparison.Ordinal))).ShouldBeEmpty();
        used.ShouldContain(it => it.Member == "UseWhen");
        used.ShouldNotContain(it => it.Member == "UseMiddleware", "middleware around orchestrators breaks them");
    }

    [Fact]
    public void The_local_runtime_shows_its_internals_to_tests_only() =>
        typeof(LocalRuntimeOptions).Assembly.GetCustomAttributes<InternalsVisibleToAttribute>().Select(it => it.AssemblyName).ShouldNotContain(App.GetName().Name!);

    [Fact]
    public void Functions_and_their_classes_are_public_and_each_name_is_there_once()
    {
        Functions.Count.ShouldBeGreaterThan(50);
        Functions.ShouldAllBe(method => method.IsPublic && method.DeclaringType!.IsPublic);
        Functions.Select(method => method.GetCustomAttribute<FunctionAttribute>()!.Name).ShouldBeUnique();
    }

    [Fact]
    public void Http_functions_answer_with_results_and_nothing_else()
    {
        var http = Functions.Where(method => method.GetParameters().Any(parameter => parameter.IsDefined(typeof(HttpTriggerAttribute)))).ToList();
        http.ShouldNotBeEmpty();
        http.ShouldAllBe(method => method.ReturnType == typeof(Task<IResult>));
    }

    [Fact]
    public void What_orchestrations_and_activities_hand_over_holds_no_fractions()
    {
        var payloads = Functions.Where(method => method.GetParameters().Any(parameter => parameter.IsDefined(typeof(ActivityTriggerAttribute))))
            .SelectMany(method => method.GetParameters().Where(parameter => parameter.IsDefined(typeof(ActivityTriggerAttribute))).Select(parameter => parameter.ParameterType).Append(method.ReturnType))
            .SelectMany(type => Parts(type, [])).Distinct().ToList();
        payloads.ShouldContain(typeof(AutoTrader.Functions.Scheduling.SchedulePlan));
        payloads.ShouldNotContain(type => type == typeof(decimal) || type == typeof(double) || type == typeof(float));
    }

    [Fact]
    public void Orchestrators_are_static_and_call_only_what_is_the_same_in_every_replay()
    {
        var orchestrators = Functions.Where(method => method.GetParameters().Any(parameter => parameter.IsDefined(typeof(OrchestrationTriggerAttribute)))).ToList();
        orchestrators.ShouldNotBeEmpty();
        foreach (var orchestrator in orchestrators)
        {
            orchestrator.IsStatic.ShouldBeTrue();
            orchestrator.DeclaringType!.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic).ShouldAllBe(field => field.IsInitOnly || field.IsLiteral);
            Calls(orchestrator).Select(call => $"{call.DeclaringType!.FullName?.Split('[')[0]}.{call.Name}").Where(call => !MayBeCalled(call)).ShouldBeEmpty();
        }
    }

    [Fact]
    public void A_call_that_differs_from_replay_to_replay_would_be_seen()
    {
        var seen = Calls(typeof(RealHostTests).GetMethod(nameof(Careless), BindingFlags.Static | BindingFlags.NonPublic)!).Select(call => $"{call.DeclaringType!.FullName}.{call.Name}").Where(call => !MayBeCalled(call)).ToList();
        new[] { "System.DateTime.get_UtcNow", "System.Guid.NewGuid", "System.Threading.Tasks.Task.Delay", "System.Threading.Tasks.Task.ConfigureAwait" }.Except(seen, StringComparer.Ordinal).ShouldBeEmpty();
    }

    [Fact]
    public void Every_event_of_the_log_has_an_id_of_its_own()
    {
        var ids = new[] { App, typeof(Core.Engine.CycleRequest).Assembly, typeof(AutoTrader.Storage.StorageRegistration).Assembly, typeof(Brokers.BrokerRegistration).Assembly }
            .SelectMany(assembly => assembly.GetTypes()).SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly))
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>()).OfType<LoggerMessageAttribute>().Select(it => it.EventId)
            .Concat(Enum.GetValues<Core.Engine.EngineEventKind>().Select(kind => (int)kind)).ToList();
        ids.Count.ShouldBeGreaterThan(20);
        ids.ShouldBeUnique();
        ids.ShouldNotContain(0);
    }

    private static async Task Careless()
    {
        if (DateTime.UtcNow.Ticks == 0 || Guid.NewGuid() == default)
        {
            await Task.Delay(0).ConfigureAwait(true);
        }
    }

    private static bool MayBeCalled(string call) =>
        call.StartsWith("Microsoft.DurableTask.", StringComparison.Ordinal)
        || call.StartsWith("System.Runtime.CompilerServices.", StringComparison.Ordinal)
        || call.StartsWith("AutoTrader.Functions.Scheduling.Schedule", StringComparison.Ordinal)
        || call.StartsWith("System.Nullable`1.", StringComparison.Ordinal)
        || call.StartsWith("System.Threading.CancellationTokenSource.", StringComparison.Ordinal)
        || call is "System.ArgumentNullException.ThrowIfNull" or "System.DateTimeOffset.get_UtcDateTime" or "System.IDisposable.Dispose" or "System.Object..ctor"
            or "System.Threading.Tasks.Task.WhenAny" or "System.Threading.Tasks.Task.GetAwaiter" or "System.Threading.Tasks.Task`1.GetAwaiter" or "System.TimeSpan.get_Ticks";

    // What the methods of the orchestrator's state machine, or of a method that has none, call.
    private static IEnumerable<MethodBase> Calls(MethodInfo method)
    {
        var body = method.GetCustomAttribute<AsyncStateMachineAttribute>()?.StateMachineType.GetMethod("MoveNext", BindingFlags.Instance | BindingFlags.NonPublic) ?? method;
        return Instructions.CallsOf(body);
    }

    private static IEnumerable<Type> Parts(Type type, HashSet<Type> seen)
    {
        if (!seen.Add(type))
        {
            return [];
        }

        var inner = type.IsGenericType ? type.GetGenericArguments() : type.Namespace?.StartsWith("AutoTrader", StringComparison.Ordinal) == true ? type.GetProperties().Select(property => property.PropertyType) : [];
        return inner.SelectMany(part => Parts(part, seen)).Prepend(type);
    }

    private static List<(string Type, string? Member)> Used()
    {
        using var file = new PEReader(File.OpenRead(App.Location));
        var app = file.GetMetadataReader();
        bool IsLocal(TypeReference type) => type.ResolutionScope.Kind == HandleKind.AssemblyReference
            && app.GetString(app.GetAssemblyReference((AssemblyReferenceHandle)type.ResolutionScope).Name) == "AutoTrader.LocalRuntime";
        string NameOf(TypeReference type) => $"{app.GetString(type.Namespace)}.{app.GetString(type.Name).Split('`')[0]}";

        List<(string Type, string? Member)> used = [.. app.TypeReferences.Select(app.GetTypeReference).Where(IsLocal).Select(type => (NameOf(type), (string?)null))];
        foreach (var member in app.MemberReferences.Select(app.GetMemberReference).Where(member => member.Parent.Kind == HandleKind.TypeReference))
        {
            if (app.GetTypeReference((TypeReferenceHandle)member.Parent) is var type && IsLocal(type) && app.GetString(member.Name) is var name && !name.StartsWith('<'))
            {
                used.Add((NameOf(type), name.StartsWith("get_", StringComparison.Ordinal) || name.StartsWith("set_", StringComparison.Ordinal) ? name[4..] : name));
            }
        }

        return used;
    }
}
