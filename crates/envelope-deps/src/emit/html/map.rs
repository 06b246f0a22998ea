//! The map: every package as an area as large as its weight, within the area of the package that
//! alone holds it up. What goes lies beside what stays, cut off from it.
//!
//! The drawing is as wide as the page and of fixed height: places across are shares, places down
//! are pixels, so that words keep their size on every screen.

mod shapes;

use super::facts::Facts;
use super::forest::Forest;
use super::markup::Markup;
use super::squares::{Area, divide};
use crate::explain::Holders;
use crate::graph::PackageId;
use rustc_hash::FxHashMap;
use shapes::{Look, Part, Shapes};

/// The width for which words are fitted.
const WIDTH: f64 = 1120.0;
/// The height for so many packages as can be seen in it; it grows with those above.
const HEIGHT: f64 = 560.0;
const PACKAGES: usize = 200;
/// How much wider than high areas are to be, since words are.
const STRETCH: f64 = 1.7;
/// The room between what stays and what goes.
const GAP: f64 = 26.0;
/// How deep frames stand within each other.
const FRAMES: usize = 4;
/// How deep packages stand within each other; what is further down stands side by side.
const LEVELS: usize = 8;
/// The share of what stays from which on a root holds up nearly everything.
const MAIN: f64 = 0.7;
/// An area that is smaller shows nothing.
const SMALLEST: f64 = 42.0;

/// What an area stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    Bytes,
    Packages,
}

/// The color of an area.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Color {
    /// That of what a root holds up, by its number.
    Root(usize),
    /// That of what several hold up together.
    Shared,
    Removed,
}

/// The colors of what the roots hold up.
pub(super) struct Colors(FxHashMap<PackageId, usize>);

impl Colors {
    /// How many there are; then they begin again.
    const COUNT: usize = 7;

    /// Gives the roots their colors, in this order.
    pub(super) fn of(roots: impl Iterator<Item = PackageId>) -> Self {
        let colors = roots.enumerate();
        Self(
            colors
                .map(|(place, root)| (root, place % Self::COUNT))
                .collect(),
        )
    }

    pub(super) fn of_root(&self, package: PackageId) -> Color {
        let color = self.0.get(&package);
        color.map_or(Color::Shared, |color| Color::Root(*color))
    }
}

/// Draws the map.
pub(super) fn draw(facts: &Facts, measure: Measure, colors: &Colors) -> Markup {
    let weight = |package: PackageId| match (measure, facts.sizes.of(package)) {
        (Measure::Packages, _) => 1.0,
        // What weighs nothing, or nobody knows what, is there all the same.
        (Measure::Bytes, size) => size.map_or(1.0, |size| size.bytes.max(1) as f64),
    };
    let (kept, removed) = (&facts.kept.packages, &facts.removed.packages);
    let holders = Holders::of(facts.graph(), facts.left);
    let mut stays = Forest::of(facts.graph(), kept, &holders, weight);
    stays.join_tops(|package| !facts.nodes.is_root(package));
    let holders = Holders::of(facts.graph(), facts.full);
    let goes = Forest::of(facts.graph(), removed, &holders, weight);
    let height = height(kept.len() + removed.len());
    let (left, right) = sides(stays.weight(), goes.weight(), height);
    let mut markup = Markup::default();
    markup
        .raw("<svg class=\"map\" role=\"img\" height=\"")
        .length(height);
    markup
        .raw("\" aria-label=\"")
        .text(&summary(facts))
        .raw("\">");
    let mut shapes = Shapes {
        facts,
        measure,
        markup,
    };
    if !kept.is_empty() && !removed.is_empty() {
        shapes.scissors(left.width + GAP / 2.0);
    }
    let mut map = Map {
        forest: stays,
        waiting: Vec::new(),
        shapes,
        colors,
    };
    map.draw(left, Color::Shared);
    map.forest = goes;
    map.draw(right, Color::Removed);
    map.shapes.markup.raw("<g class=\"links\"></g></svg>");
    map.shapes.markup
}

/// The areas of what stays and of what goes.
fn sides(stays: f64, goes: f64, height: f64) -> (Area, Area) {
    let gap = if stays > 0.0 && goes > 0.0 { GAP } else { 0.0 };
    let share = goes / (stays + goes).max(1.0);
    let mut right = (WIDTH - gap) * share;
    if gap > 0.0 {
        right = right.clamp(8.0, WIDTH - gap - 8.0);
    }
    let left = Area {
        x: 0.0,
        y: 0.0,
        width: WIDTH - gap - right,
        height,
    };
    let right = Area {
        x: WIDTH - right,
        width: right,
        ..left
    };
    (left, right)
}

fn height(packages: usize) -> f64 {
    let more = packages.saturating_sub(PACKAGES).min(400);
    HEIGHT + more as f64
}

fn summary(facts: &Facts) -> String {
    let stays = facts.weight(&facts.kept.packages);
    let goes = facts.weight(&facts.removed.packages);
    format!(
        "A map of the packages by weight. What stays: {stays}. What goes: {goes}. \
         The tables below hold the same."
    )
}

struct Map<'m, 'p, 'g, 'a> {
    shapes: Shapes<'m, 'p, 'g, 'a>,
    colors: &'m Colors,
    forest: Forest,
    waiting: Vec<Job>,
}

/// What is still to be drawn side by side.
struct Job {
    items: Vec<Item>,
    area: Area,
    depth: usize,
    color: Color,
    /// Whether this is what the one root holds up that holds up nearly everything.
    is_main: bool,
}

#[derive(Clone, Copy)]
enum Item {
    /// A package with what it holds up.
    Tree(usize),
    /// The package alone.
    Own(usize),
}

impl Map<'_, '_, '_, '_> {
    fn draw(&mut self, area: Area, color: Color) {
        let tops = self.forest.tops.iter();
        self.waiting.push(Job {
            items: tops.map(|top| Item::Tree(*top)).collect(),
            area,
            depth: 0,
            color,
            is_main: false,
        });
        while let Some(job) = self.waiting.pop() {
            self.side_by_side(&job);
        }
    }

    fn side_by_side(&mut self, job: &Job) {
        let mut items: Vec<(Item, f64)> = Vec::with_capacity(job.items.len());
        items.extend(job.items.iter().map(|item| (*item, self.weight(*item))));
        items.sort_by(|a, b| b.1.total_cmp(&a.1));
        let small = small(&mut items, job.area);
        let mut weights: Vec<f64> = items.iter().map(|item| item.1).collect();
        weights.extend((!small.is_empty()).then(|| small.iter().map(|item| item.1).sum::<f64>()));
        let areas = divide_wide(job.area, &weights);
        let families = self.families(&items);
        for (number, ((item, _), area)) in items.iter().zip(&areas).enumerate() {
            let left_out = match families.get(self.family(*item)) {
                Some(members) if *members > 3 => Part::Beginning,
                _ => Part::Middle,
            };
            let look = Look {
                area: *area,
                color: self.color(job, number, *item),
                left_out,
            };
            self.item(job, *item, look);
        }
        if let (Some(area), false) = (areas.last(), small.is_empty()) {
            let packages = small.iter().flat_map(|(item, _)| self.packages(*item));
            let packages: Vec<PackageId> = packages.collect();
            let look = Look {
                area: *area,
                color: job.color,
                left_out: Part::End,
            };
            self.shapes.crowd(&packages, look);
        }
    }

    /// Draws a package, and what it holds up: in a frame where there is room, side by side where
    /// there is less, and as one where there is none.
    fn item(&mut self, job: &Job, item: Item, look: Look) {
        let packages = self.packages(item);
        let (Item::Tree(place), true) = (item, packages.len() > 1) else {
            for package in packages {
                self.shapes.cell(package, look);
            }
            return;
        };
        let area = look.area;
        let is_roomy = area.width >= 74.0 && area.height >= 58.0 && job.depth < FRAMES;
        if !is_roomy && area.size() < 500.0 {
            self.shapes.crowd(&packages, look);
            return;
        }
        let tree = &self.forest.trees[place];
        let inside = if is_roomy {
            let title = tree.package.is_none().then_some("needed by several");
            self.shapes.frame(title, &packages, look)
        } else {
            area
        };
        let below = tree.below.iter().map(|below| Item::Tree(*below));
        let items = if job.depth < LEVELS {
            std::iter::once(Item::Own(place)).chain(below).collect()
        } else {
            let all = self.forest.places(place).into_iter();
            all.map(Item::Own).collect()
        };
        self.waiting.push(Job {
            items,
            area: inside,
            depth: job.depth + 1,
            color: look.color,
            is_main: job.depth == 0 && tree.weight > self.forest.weight() * MAIN,
        });
    }

    fn packages(&self, item: Item) -> Vec<PackageId> {
        match item {
            Item::Tree(place) => self.forest.packages(place),
            Item::Own(place) => Vec::from_iter(self.forest.trees[place].package),
        }
    }

    /// The first word of a name, by which neighbours are told to be of one family.
    fn family(&self, item: Item) -> &str {
        let (Item::Tree(place) | Item::Own(place)) = item;
        let package = self.forest.trees[place].package;
        let name = package.map_or("", |package| self.shapes.facts.name(package));
        name.split('-').next().unwrap_or(name)
    }

    fn families(&self, items: &[(Item, f64)]) -> FxHashMap<String, usize> {
        let mut families = FxHashMap::default();
        for (item, _) in items {
            *families.entry(self.family(*item).to_owned()).or_default() += 1;
        }
        families
    }

    /// A root has its color, and so has all it holds up. Where one root holds up nearly
    /// everything, the trees below it have colors of their own.
    fn color(&self, job: &Job, number: usize, item: Item) -> Color {
        let (Item::Tree(place) | Item::Own(place)) = item;
        let tree = &self.forest.trees[place];
        match (item, tree.package) {
            _ if job.color == Color::Removed => Color::Removed,
            (_, Some(package)) if job.depth == 0 => self.colors.of_root(package),
            (Item::Tree(_), Some(_)) if job.is_main && tree.count > 1 => {
                Color::Root((number + 1) % Colors::COUNT)
            }
            _ => job.color,
        }
    }

    fn weight(&self, item: Item) -> f64 {
        match item {
            Item::Tree(place) => self.forest.trees[place].weight,
            Item::Own(place) => self.forest.trees[place].own,
        }
    }
}

/// Divides an area so that its parts are wider than high.
fn divide_wide(area: Area, weights: &[f64]) -> Vec<Area> {
    let narrow = Area {
        x: area.x / STRETCH,
        width: area.width / STRETCH,
        ..area
    };
    let parts = divide(narrow, weights).into_iter();
    let wide = parts.map(|part| Area {
        x: part.x * STRETCH,
        width: part.width * STRETCH,
        ..part
    });
    wide.collect()
}

/// Takes out what would be too small to be seen, unless it is a single one.
fn small(items: &mut Vec<(Item, f64)>, area: Area) -> Vec<(Item, f64)> {
    let total: f64 = items.iter().map(|item| item.1).sum();
    let scale = area.size() / total;
    let seen = items.partition_point(|item| item.1 * scale >= SMALLEST);
    if items.len() - seen < 2 {
        return Vec::new();
    }
    items.split_off(seen)
}
