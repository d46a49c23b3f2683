//! From a model's file to steps that can be run: weights are widened and laid out for `kernel`, and what follows a convolution at
//! once (a rectifier) is done with it.

use super::flat::{Table, half};
use super::kernel::{Activation, Convolution, LANES, Shape};
use std::collections::HashMap;

/// A model that cannot be run.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    #[error("the model's file is damaged")]
    Damaged,
    #[error("the model wants operation {0}, which is not known here")]
    Unknown(i32),
    #[error("the model has {0} in a form that is not known here")]
    Form(&'static str),
}

/// One thing to do. Numbers are those of places.
#[derive(Debug)]
pub enum Step {
    Convolve {
        from: usize,
        to: usize,
        how: Convolution,
    },
    Mean {
        from: usize,
        to: usize,
    },
    Add {
        left: usize,
        right: usize,
        to: usize,
    },
    /// Where the right one is a single pixel, it holds for all.
    Multiply {
        left: usize,
        right: usize,
        to: usize,
    },
    /// Twice as large, bilinear, between the centres of pixels.
    Double {
        from: usize,
        to: usize,
    },
    Activate {
        from: usize,
        to: usize,
        how: Activation,
    },
    /// Each pixel becomes two by two; `weights` of each of the four.
    Spread {
        from: usize,
        to: usize,
        weights: Vec<f32>,
        bias: f32,
    },
}

/// A network with the shapes of what it carries.
#[derive(Debug)]
pub struct Graph {
    pub steps: Vec<Step>,
    pub shapes: Vec<Shape>,
    pub input: usize,
    pub output: usize,
}

mod code {
    pub const ADD: i32 = 0;
    pub const CONVOLVE: i32 = 3;
    pub const DEPTHWISE: i32 = 4;
    pub const WIDEN: i32 = 6;
    pub const SIGMOID: i32 = 14;
    pub const MULTIPLY: i32 = 18;
    pub const RECTIFY: i32 = 19;
    pub const RESIZE: i32 = 23;
    pub const CUSTOM: i32 = 32;
    pub const MEAN: i32 = 40;
    pub const HARD_SWISH: i32 = 117;
}

const SPREAD: &[u8] = b"Convolution2DTransposeBias";
/// `TfLiteTransposeConvParams`: the same size, by two, by two.
const SPREAD_BY_TWO: &[u8] = &[1, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0];

/// Numbers in one place: a larger one is a damaged file.
const MOST: usize = 1 << 22;

struct Reader<'a> {
    tensors: Vec<Table<'a>>,
    buffers: Vec<Table<'a>>,
    /// Halves that are widened before they are used.
    widened: HashMap<usize, usize>,
    /// Who uses a tensor.
    uses: HashMap<usize, usize>,
}

impl Graph {
    pub fn read(file: &[u8]) -> Result<Self, ModelError> {
        use ModelError::Damaged;
        let model = Table::root(file).ok_or(Damaged)?;
        let codes = model.tables(1).ok_or(Damaged)?;
        let part = model.tables(2).and_then(|parts| parts.first().copied()).ok_or(Damaged)?;
        let (tensors, operators) = (part.tables(0).ok_or(Damaged)?, part.tables(3).ok_or(Damaged)?);
        let one =
            |field| part.ints(field).and_then(|ends| usize::try_from(*ends.first()?).ok()).ok_or(Damaged);
        let (input, output) = (one(1)?, one(2)?);
        let buffers = model.tables(4).ok_or(Damaged)?;
        let mut reader = Reader { tensors, buffers, widened: HashMap::new(), uses: HashMap::new() };
        let shapes = (0..reader.tensors.len()).map(|at| reader.shape(at)).collect();
        let mut graph = Self { steps: Vec::new(), shapes, input, output };
        for operator in &operators {
            for from in inputs(operator)? {
                *reader.uses.entry(from).or_default() += 1;
            }
        }
        for operator in &operators {
            let code = codes.get(operator.int(0).unwrap_or(0) as usize).ok_or(Damaged)?;
            let number = code.int(3).unwrap_or(0).max(i32::from(code.byte(0)));
            let from = inputs(operator)?;
            let to = operator.ints(2).and_then(|to| usize::try_from(*to.first()?).ok()).ok_or(Damaged)?;
            graph.add(&mut reader, (number, code.bytes(1)), operator, &from, to)?;
        }
        graph.steps.iter().try_for_each(|step| graph.check(step))?;
        let (seen, said) = (graph.shape(input)?, graph.shape(output)?);
        if (seen.channels, said) != (3, Shape { channels: 1, ..seen }) || seen.len() == 0 {
            return Err(ModelError::Form("pictures"));
        }
        Ok(graph)
    }

    fn add(
        &mut self,
        reader: &mut Reader,
        (number, custom): (i32, Option<&[u8]>),
        operator: &Table,
        from: &[usize],
        to: usize,
    ) -> Result<(), ModelError> {
        let at = |index: usize| from.get(index).copied().ok_or(ModelError::Damaged);
        let options = operator.table(4);
        let plain = |field| options.is_none_or(|options| options.byte(field) == 0);
        let step = match number {
            code::WIDEN => {
                reader.widened.insert(to, at(0)?);
                return Ok(());
            }
            code::CONVOLVE | code::DEPTHWISE => {
                let options = options.ok_or(ModelError::Damaged)?;
                let each = number == code::DEPTHWISE;
                let (activation, dilation) = if each { (4, [5, 6]) } else { (3, [4, 5]) };
                let dilated = dilation.iter().any(|field| options.int(*field).unwrap_or(1) != 1);
                let strides = [1, 2].map(|field| options.int(field).unwrap_or(0));
                let stride = usize::try_from(strides[0]).ok().filter(|stride| (1..=4).contains(stride));
                let square = strides[0] == strides[1] && !dilated && plain(activation);
                let stride = stride.filter(|_| square).ok_or(ModelError::Form("a convolution"))?;
                let weights = reader.weights(at(1)?)?;
                let bias = reader.weights(at(2)?)?;
                let kernel = reader.sizes(at(1)?);
                let [outer, rows, columns, inner] = kernel.try_into().map_err(|_| ModelError::Damaged)?;
                let from = at(0)?;
                let (input, output) = (self.shape(from)?, self.shape(to)?);
                let padded = |kernel: usize, input: usize, output: usize| {
                    let same = ((output - 1) * stride + kernel).saturating_sub(input) / 2;
                    if options.byte(0) == 0 { same } else { 0 }
                };
                let makes_sense = rows * columns * inner * outer == weights.len()
                    && output.channels == bias.len()
                    && output.channels.is_multiple_of(LANES)
                    && (if each {
                        (outer, inner) == (1, input.channels) && input.channels == output.channels
                    } else {
                        (outer, inner) == (output.channels, input.channels)
                    });
                if !makes_sense || output.height == 0 || output.width == 0 {
                    return Err(ModelError::Form("a convolution"));
                }
                let padding =
                    (padded(rows, input.height, output.height), padded(columns, input.width, output.width));
                let how = Convolution::new(each, (rows, columns), stride, padding, &weights, bias);
                Step::Convolve { from, to, how }
            }
            code::RECTIFY | code::HARD_SWISH | code::SIGMOID => {
                let how = match number {
                    code::RECTIFY => Activation::Rectify,
                    code::HARD_SWISH => Activation::HardSwish,
                    _ => Activation::Sigmoid,
                };
                let from = at(0)?;
                let alone = reader.uses.get(&from) == Some(&1);
                if let Some(Step::Convolve { to: made, how: convolution, .. }) = self.steps.last_mut()
                    && *made == from
                    && alone
                    && how != Activation::Sigmoid
                {
                    (*made, convolution.activation) = (to, how);
                    return Ok(());
                }
                Step::Activate { from, to, how }
            }
            code::ADD if plain(0) => Step::Add { left: at(0)?, right: at(1)?, to },
            code::MULTIPLY if plain(0) => Step::Multiply { left: at(0)?, right: at(1)?, to },
            code::MEAN => Step::Mean { from: at(0)?, to },
            code::RESIZE if options.is_some_and(|options| options.byte(2) == 0 && options.byte(3) == 1) => {
                Step::Double { from: at(0)?, to }
            }
            code::CUSTOM if custom == Some(SPREAD) && operator.bytes(5) == Some(SPREAD_BY_TWO) => {
                let (weights, bias) = (reader.weights(at(1)?)?, reader.weights(at(2)?)?);
                let bias = bias.first().copied().ok_or(ModelError::Damaged)?;
                Step::Spread { from: at(0)?, to, weights, bias }
            }
            code::ADD | code::MULTIPLY | code::RESIZE => return Err(ModelError::Form("an operation")),
            other => return Err(ModelError::Unknown(other)),
        };
        self.steps.push(step);
        Ok(())
    }

    fn shape(&self, at: usize) -> Result<Shape, ModelError> {
        self.shapes.get(at).copied().ok_or(ModelError::Damaged)
    }

    /// That what a step reads and writes fits together, so that running it needs no questions.
    fn check(&self, step: &Step) -> Result<(), ModelError> {
        let fits = match step {
            Step::Convolve { from, to, .. } => self.shape(*from)?.len() > 0 && self.shape(*to)?.len() > 0,
            Step::Mean { from, to } => self.shape(*from)?.channels == self.shape(*to)?.len(),
            Step::Add { left, right, to } => {
                self.shape(*left)? == self.shape(*right)? && self.shape(*left)? == self.shape(*to)?
            }
            Step::Multiply { left, right, to } => {
                let (left, right) = (self.shape(*left)?, self.shape(*right)?);
                left == self.shape(*to)? && right.len() == left.channels && left.channels > 0
            }
            Step::Double { from, to } => {
                let from = self.shape(*from)?;
                from.len() > 0
                    && Shape { height: from.height * 2, width: from.width * 2, ..from } == self.shape(*to)?
            }
            Step::Activate { from, to, .. } => self.shape(*from)? == self.shape(*to)?,
            Step::Spread { from, to, weights, .. } => {
                let from = self.shape(*from)?;
                let doubled = Shape { height: from.height * 2, width: from.width * 2, channels: 1 };
                from.channels > 0 && weights.len() == 4 * from.channels && doubled == self.shape(*to)?
            }
        };
        if fits { Ok(()) } else { Err(ModelError::Form("shapes")) }
    }
}

fn inputs(operator: &Table) -> Result<Vec<usize>, ModelError> {
    let numbers = operator.ints(1).ok_or(ModelError::Damaged)?;
    numbers.into_iter().map(|number| usize::try_from(number).map_err(|_| ModelError::Damaged)).collect()
}

impl Reader<'_> {
    fn sizes(&self, tensor: usize) -> Vec<usize> {
        let tensor = self.widened.get(&tensor).copied().unwrap_or(tensor);
        let sizes = self.tensors.get(tensor).and_then(|tensor| tensor.ints(0)).unwrap_or_default();
        sizes.into_iter().map(|size| usize::try_from(size).unwrap_or(0).min(4096)).collect()
    }

    /// Of one picture; empty for what is none.
    fn shape(&self, tensor: usize) -> Shape {
        match self.sizes(tensor)[..] {
            [1, height, width, channels] if height * width * channels <= MOST => {
                Shape { height, width, channels }
            }
            _ => Shape::default(),
        }
    }

    fn weights(&self, tensor: usize) -> Result<Vec<f32>, ModelError> {
        let halves = self.widened.get(&tensor).ok_or(ModelError::Form("weights"))?;
        let table = self.tensors.get(*halves).ok_or(ModelError::Damaged)?;
        if table.byte(1) != 1 {
            return Err(ModelError::Form("weights"));
        }
        let buffer = self.buffers.get(table.int(2).unwrap_or(0) as usize);
        let bytes = buffer.and_then(|buffer| buffer.bytes(0)).ok_or(ModelError::Damaged)?;
        Ok(bytes.chunks_exact(2).map(|two| half(u16::from_le_bytes([two[0], two[1]]))).collect())
    }
}
