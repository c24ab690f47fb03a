/** Drawing the chart. Only the parts of the library that it needs are loaded. */
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use as useParts } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

import { type Point, weeklyMean } from "./mean";

useParts([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

/** What to draw, and in which words and colours. */
export interface Drawing {
  readonly points: readonly Point[];
  readonly amount: (value: number) => string;
  readonly day: (day: string) => string;
  readonly names: { readonly day: string; readonly mean: string };
  readonly color: (variable: string) => string;
  readonly font: string;
  readonly textPx: number;
}

/** Draws into an element until the answer is called. */
export function draw(place: HTMLElement, drawing: Drawing): () => void {
  const { points, color, names } = drawing;
  const chart = init(place, null, { renderer: "svg" });
  const text = { color: color("--quiet"), fontFamily: drawing.font, fontSize: drawing.textPx };
  chart.setOption({
    animation: false,
    grid: { left: 4, right: 8, top: 34, bottom: 4, containLabel: true },
    legend: { left: 0, top: 0, textStyle: text, icon: "roundRect", itemWidth: 14, itemHeight: 6 },
    // The library's HTML tooltip writes styles that the page's policy forbids.
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      backgroundColor: color("--ink"),
      borderWidth: 0,
      textStyle: { ...text, color: color("--sheet") },
      valueFormatter: (value: unknown) => (typeof value === "number" ? drawing.amount(value) : "·"),
    },
    xAxis: {
      type: "category",
      data: points.map(({ day }) => drawing.day(day)),
      axisLabel: { ...text, hideOverlap: true },
      axisLine: { lineStyle: { color: color("--edge") } },
      axisTick: { show: false },
    },
    yAxis: {
      type: "value",
      axisLabel: { ...text, formatter: drawing.amount },
      splitLine: { lineStyle: { color: color("--line") } },
    },
    series: [
      { name: names.day, type: "bar", data: points.map(({ value }) => value), itemStyle: { color: color("--edge"), opacity: 0.45 }, barCategoryGap: "25%" },
      { name: names.mean, type: "line", data: weeklyMean(points), showSymbol: false, lineStyle: { color: color("--accent"), width: 2.5 }, itemStyle: { color: color("--accent") } },
    ],
  });
  // Told once at the beginning, too, when the size is the one that was drawn for.
  const watch = new ResizeObserver(() => {
    const isSame = chart.getWidth() === place.clientWidth && chart.getHeight() === place.clientHeight;
    if (!isSame) chart.resize();
  });
  watch.observe(place);
  return () => {
    watch.disconnect();
    chart.dispose();
  };
}
