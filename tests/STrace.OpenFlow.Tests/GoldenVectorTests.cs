namespace STrace.OpenFlow.Tests;

public sealed class GoldenVectorTests
{
    [Theory]
    [MemberData(nameof(GoldenVector.Theory), MemberType = typeof(GoldenVector))]
    public void Decode_Vector_GivesExpectedObject(GoldenVector vector)
    {
        var message = vector.Decode();

        Assert.All(vector.Expectations, expected => Assert.Equal(expected.Value, PropertyPath.Read(message, expected.Path)));
    }

    [Theory]
    [MemberData(nameof(GoldenVector.Theory), MemberType = typeof(GoldenVector))]
    public void Encode_DecodedVector_GivesSameBytes(GoldenVector vector) =>
        Assert.Equal(vector.Frame, OpenFlowCodec.Encode(vector.Decode()));

    [Fact]
    public void Vectors_Together_CoverEveryMessageType() =>
        Assert.Equal(Enum.GetValues<MessageType>(), GoldenVector.All.Select(vector => vector.Decode().Type).Distinct().Order());

    [Fact]
    public void Vectors_Together_CoverEveryStatisticsType()
    {
        var messages = GoldenVector.All.Select(vector => vector.Decode()).ToList();

        Assert.Equal(Enum.GetValues<StatsType>(), messages.OfType<StatsRequestMessage>().Select(m => m.Body.Type).Distinct().Order());
        Assert.Equal(Enum.GetValues<StatsType>(), messages.OfType<StatsReplyMessage>().Select(m => m.Body.Type).Distinct().Order());
    }

    [Fact]
    public void Vectors_Together_CoverEveryAction()
    {
        var actions = GoldenVector.All.Select(vector => vector.Decode()).OfType<FlowModMessage>().SelectMany(m => m.Actions);

        Assert.Equal(Enum.GetValues<ActionType>(), actions.Select(action => action.Type).Distinct().Order());
    }
}
